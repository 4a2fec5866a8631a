package control

import (
	"context"

	"pairmill/cluster"
	"pairmill/control/api"
	"pairmill/schemas"
	"pairmill/store/ledger"
)

// items names what is counted in the stages that have something to count.
var items = map[schemas.Stage]string{
	schemas.StageCrawl: "pages", schemas.StageFetch: "images", schemas.StageEmbed: "vectors", schemas.StagePublish: "rows",
}

// stages says how far each stage is. A stage of which nothing is known is left out.
func (c *Control) stages(ctx context.Context, run string, now schemas.Standing, x *tally, members []cluster.Member) ([]api.Stage, error) {
	list := []api.Stage{}
	for _, stage := range schemas.Stages() {
		s := api.Stage{Stage: stage}
		var err error
		if s.Jobs.Queued, err = c.medium.Queue.Pending(ctx, run, stage); err != nil {
			return nil, err
		}
		for _, m := range members {
			for _, j := range m.Jobs {
				if j.Run == run && j.Task.Stage() == stage {
					s.Jobs.Working++
				}
			}
		}
		s.Jobs.Working = min(s.Jobs.Working, s.Jobs.Queued) // what workers say is some seconds old
		x.mu.Lock()
		t := *x.stage(stage)
		x.mu.Unlock()
		s.Jobs.Done, s.Jobs.Planned = t.jobs, t.plannedJobs
		if stage == schemas.StagePublish {
			s.Jobs.Planned = 0 // shards alone are planned, and a roll-up comes behind them
		}
		s.Underway = underway(members, run, stage)
		if s.Items = items[stage]; t.rows == 0 && t.plannedRows == 0 {
			s.Items, s.Underway = "", 0
		}
		s.Done, s.Planned = t.rows, max(t.plannedRows, t.rows)
		if !now.State.Over() {
			s.Rate = rate(members, run, stage)
			s.ETASeconds = eta(s.Done+s.Underway, s.Planned, s.Rate)
		}
		if s.Jobs != (api.Jobs{}) || s.Planned > 0 {
			list = append(list, s)
		}
	}
	return list, nil
}

// givenUp lists the jobs that were given up, and counts them by stage.
func (c *Control) givenUp(ctx context.Context, run string, stages []api.Stage) (api.Quarantined, error) {
	out := api.Quarantined{Jobs: []api.GivenUp{}}
	for q, err := range ledger.Quarantined(ctx, c.cfg.Store, run) {
		if err != nil {
			return out, err
		}
		out.Total++
		if len(out.Jobs) < shownGivenUp {
			out.Jobs = append(out.Jobs, api.GivenUp{Job: q.Job.ID(), Task: q.Job.Task, Attempts: q.Attempts, Error: q.Error})
		}
		for i := range stages {
			if stages[i].Stage == q.Job.Stage() {
				stages[i].Jobs.GivenUp++
			}
		}
	}
	return out, nil
}
