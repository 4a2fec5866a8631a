package control

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"pairmill/cluster"
	"pairmill/control/api"
	"pairmill/schemas"
	"pairmill/store/ledger"
)

const (
	// statusBudget is how long one question about a run may read its records.
	statusBudget = 5 * time.Second
	// listBudget is the same for all runs of a list together; those that it leaves out are shown as partial.
	listBudget = 5 * time.Second
	// shownHosts, shownJobs and shownGivenUp are how many of each a status lists.
	shownHosts, shownJobs, shownGivenUp, shownDead = 20, 20, 20, 20
)

// Status says everything that is known of a run.
func (c *Control) Status(ctx context.Context, run string) (api.Status, error) {
	now, err := c.standing(ctx, run)
	if err != nil {
		return api.Status{}, err
	}
	members, err := c.medium.Presence.Members(ctx)
	if err != nil {
		return api.Status{}, err
	}
	x, err := c.tallies.of(ctx, run, now, statusBudget)
	if err != nil {
		return api.Status{}, err
	}
	before, err := c.before(ctx, now)
	if err != nil {
		return api.Status{}, err
	}
	s := api.Status{Run: summarized(run, now, x, members), Reasons: x.reasons(), Hosts: hosts(members), Workers: workersOf(members, run)}
	s.RanSeconds = ranAlone(now, before).Seconds()
	if s.Stages, err = c.stages(ctx, run, now, x, members); err != nil {
		return s, err
	}
	gens, err := ledger.Generations(ctx, c.cfg.Store, run)
	if err != nil {
		return s, err
	}
	s.Generations, s.Since = len(gens), gens.Since()
	if s.Quarantined, err = c.givenUp(ctx, run, s.Stages); err != nil {
		return s, err
	}
	s.DeadLetters, err = c.deadLetters(ctx, run)
	return s, err
}

// deadLetters lists messages in the run's name that were no jobs. Jobs that were given up are in the ledger.
func (c *Control) deadLetters(ctx context.Context, run string) (api.DeadLetters, error) {
	out := api.DeadLetters{Letters: []api.DeadLetter{}}
	for d, err := range c.medium.Queue.DeadLetters(ctx, run) {
		if err != nil {
			return out, err
		}
		if _, err := cluster.DecodeAs(d.Body, d.Run, d.Stage, d.ID); err == nil {
			continue
		}
		out.Total++
		out.Letters = append(out.Letters, api.DeadLetter{Stage: d.Stage, ID: d.ID, Time: d.Time, Reason: d.Reason})
	}
	out.Letters = out.Letters[max(0, len(out.Letters)-shownDead):]
	return out, nil
}

// List lists every run of the cluster, the latest first.
func (c *Control) List(ctx context.Context) (api.Runs, error) {
	out := api.Runs{Runs: []api.Run{}}
	standings, err := c.allRuns(ctx)
	if err != nil {
		return out, err
	}
	members, err := c.medium.Presence.Members(ctx)
	if err != nil {
		return out, err
	}
	latest := slices.SortedFunc(maps.Keys(standings), func(a, b string) int {
		return cmp.Or(standings[b].Submitted.Compare(standings[a].Submitted), cmp.Compare(a, b))
	})
	until := time.Now().Add(listBudget)
	for _, run := range latest {
		x, err := c.tallies.of(ctx, run, standings[run], time.Until(until))
		if err != nil {
			return out, err
		}
		r := summarized(run, standings[run], x, members)
		r.RanSeconds = ranAlone(standings[run], standings[r.After]).Seconds()
		out.Runs = append(out.Runs, r)
	}
	return out, nil
}

// summarized is a run in one line, but for the time that it has taken.
func summarized(run string, now schemas.Standing, x *tally, members []cluster.Member) api.Run {
	r := api.Run{
		Run: run, State: x.state(now), Weight: now.Weight, Submitted: now.Submitted, By: now.By, Changed: now.Changed, Text: now.Text,
		Series: now.Series, After: now.After, Rows: x.rows(),
		Halt: now.Halt, Evidence: now.Anomaly, Received: x.received(), Limits: now.Limits,
	}
	x.mu.Lock()
	r.Dataset, r.Partial = x.dataset, x.partial
	x.mu.Unlock()
	if !now.State.Over() {
		r.Rate = rate(members, run, schemas.StageFetch)
		r.ETASeconds = eta(r.Rows.In+underway(members, run, schemas.StageFetch), r.Rows.Planned, r.Rate)
	}
	return r
}

// rate adds up how fast all workers are at a stage of a run, in rows per second.
func rate(members []cluster.Member, run string, stage schemas.Stage) (sum float64) {
	for _, m := range members {
		for _, r := range m.Runs {
			if r.Run == run && r.Stage == stage {
				sum += r.PerSec
			}
		}
	}
	return sum
}

// underway adds up what jobs in work have done so far.
func underway(members []cluster.Member, run string, stage schemas.Stage) (rows int64) {
	for _, m := range members {
		for _, j := range m.Jobs {
			if j.Run == run && j.Task.Stage() == stage {
				rows += j.Rows
			}
		}
	}
	return rows
}

// eta is how long the rest takes; 0 when nobody knows.
func eta(done, planned int64, rate float64) float64 {
	if rate <= 0 || planned <= done {
		return 0
	}
	return float64(planned-done) / rate
}

// workersOf lists the workers that have work of a run, or keep from the web because of it.
func workersOf(members []cluster.Member, run string) []api.Worker {
	list := []api.Worker{}
	for _, m := range members {
		w := api.Worker{ID: m.ID, Host: m.Host, Jobs: []api.Job{}}
		for _, j := range m.Jobs {
			if j.Run == run && len(w.Jobs) < shownJobs {
				w.Jobs = append(w.Jobs, job(j))
			}
		}
		for _, r := range m.Runs {
			if r.Run == run {
				w.Rate += r.PerSec
			}
		}
		for _, x := range m.Watches {
			if x.Run == run && x.Anomaly != nil {
				w.Paused = m.Paused
			}
		}
		if len(w.Jobs) > 0 || w.Rate > 0 || w.Paused != "" {
			list = append(list, w)
		}
	}
	return list
}

func job(j cluster.Running) api.Job {
	return api.Job{Run: j.Run, Job: j.Job, Task: j.Task, Attempt: j.Attempt, ForSeconds: j.For.Seconds(), Rows: j.Rows}
}
