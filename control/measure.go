package control

import (
	"context"
	"time"

	"pairmill/cluster"
	"pairmill/control/api"
	"pairmill/internal/metrics"
	"pairmill/schemas"
)

const (
	// measureEvery is how often the leader measures the cluster: Prometheus asks every 15 s or more seldom.
	measureEvery = 10 * time.Second
	// measureBudget is how long it reads records of one run at a time.
	measureBudget = 2 * time.Second
)

// measure tells the metrics of the whole cluster, again and again until ctx ends; then it tells nothing.
func (t *tender) measure(ctx context.Context) error {
	defer t.health.forget("measure")
	defer t.cfg.Metrics.Fleet(nil)
	for {
		t.health.beat("measure")
		now, err := t.fleet(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			t.log.Warn("measure the cluster", "error", err)
		default:
			t.cfg.Metrics.Fleet(now)
		}
		if !sleep(ctx, measureEvery) {
			return nil
		}
	}
}

func (t *tender) fleet(ctx context.Context) (*metrics.Fleet, error) {
	now := &metrics.Fleet{
		Queued: t.queues(), Rows: map[string]map[string]int64{}, Runs: map[schemas.RunState]int{}, Halted: map[string]schemas.Halt{}, Members: map[cluster.Role]int{},
	}
	all, err := t.allRuns(ctx)
	if err != nil {
		return nil, err
	}
	for run, standing := range all {
		if standing.State.Over() {
			now.Runs[standing.State]++
			continue
		}
		if standing.Halt != "" {
			now.Halted[run] = standing.Halt
		}
		x, err := t.tallies.of(ctx, run, standing, measureBudget)
		if err != nil {
			return nil, err
		}
		now.Runs[x.state(standing)]++
		now.Rows[run] = byState(x.rows())
		t.health.beat("measure")
	}
	there, err := t.medium.Presence.Members(ctx)
	if err != nil {
		return nil, err
	}
	for _, m := range there {
		now.Members[m.Role]++
	}
	for _, err := range t.medium.Queue.DeadLetters(ctx, "") {
		if err != nil {
			return nil, err
		}
		now.Dead++
	}
	return now, nil
}

func byState(r api.Rows) map[string]int64 {
	return map[string]int64{
		"planned": r.Planned, "in": r.In, "fetched": r.Fetched, "unchanged": r.Unchanged, "kept": r.Kept, "dropped": r.Dropped, "quarantined": r.Quarantined,
	}
}
