package control

import (
	"context"

	"pairmill/control/api"
)

// Members lists the processes of the cluster.
func (c *Control) Members(ctx context.Context) (api.Members, error) {
	out := api.Members{Members: []api.Member{}}
	there, err := c.medium.Presence.Members(ctx)
	if err != nil {
		return out, err
	}
	leader, ok, err := c.medium.Locks.Holder(ctx, leaderLock)
	if err != nil {
		return out, err
	}
	if ok {
		out.Leader = leader
	}
	for _, m := range there {
		x := api.Member{
			ID: m.ID, Role: m.Role, Host: m.Host, PID: m.PID, Version: m.Version, Started: m.Started, Draining: m.Draining, Paused: m.Paused,
			API: m.API, Stages: m.Stages, Concurrency: m.Concurrency, Jobs: []api.Job{},
		}
		for _, r := range m.Runs {
			x.Rate += r.PerSec
		}
		for _, j := range m.Jobs {
			x.Jobs = append(x.Jobs, job(j))
		}
		out.Members = append(out.Members, x)
	}
	return out, nil
}
