package verify

import (
	"context"
	"fmt"
	"path"
	"strings"

	"pairmill/schemas"
	"pairmill/store"
)

// plans checks the plans that a record names: each stands at its own key, and, once the run is over, all jobs that
// were planned have settled and no others have.
func (c *checker) plans(ctx context.Context, rec schemas.Commit, over bool) {
	for _, o := range rec.Of(schemas.RoleGroup) {
		g, ok := canonical[schemas.Group](ctx, c, o.Key)
		if !ok {
			continue
		}
		key := fmt.Sprintf("%sgroups/%s/%s.json", store.Run(rec.Job.Run), g.Task, g.Name)
		equal(c, whole(o.Key), Record, "task and name", o.Key, key)
		equal(c, whole(o.Key), Record, "v", schemas.Version, g.Version)
		if g.Name != "end" {
			c.plan(ctx, rec.Job.Run, o.Key, g, over)
		}
	}
}

func (c *checker) plan(ctx context.Context, run, key string, g schemas.Group, over bool) {
	equal(c, whole(key), Plan, "size", len(g.Jobs), g.Size)
	if len(g.Inputs) > 0 {
		equal(c, whole(key), Plan, "inputs", len(g.Jobs), len(g.Inputs))
	}
	planned := map[string]bool{}
	for i, job := range g.Jobs {
		if planned[job] {
			c.reportAt(whole(key), Plan, fmt.Sprintf("jobs.%d", i), "a job once", job)
		}
		planned[job] = true
		if over && !c.settled(ctx, schemas.NewJob(run, g.Task, g.Name, job, "")) {
			c.reportAt(whole(key), Plan, fmt.Sprintf("jobs.%d", i), "a commit or quarantine record", job)
		}
	}
	prefix := store.CommitPrefix(run, g.Task.Stage(), g.Name) + string(g.Task) + "-"
	for info, err := range c.store.List(ctx, prefix) {
		if err != nil {
			c.fail(err)
			return
		}
		if job := strings.TrimSuffix(strings.TrimPrefix(info.Key, prefix), path.Ext(info.Key)); !planned[job] {
			c.reportAt(whole(info.Key), Plan, "", "a job of "+key, job)
		}
	}
}

// followed checks that what a record names as next has settled.
func (c *checker) followed(ctx context.Context, key string, rec schemas.Commit) {
	for i, j := range rec.Next {
		place := fmt.Sprintf("next.%d", i)
		next, _, err := readCanonical[schemas.Commit](ctx, c, store.CommitKey(j))
		switch {
		case err == nil:
			agree(c, whole(store.CommitKey(j)), whole(key), Plan, place, next.Job, j)
		case !c.settled(ctx, j):
			c.reportAt(whole(key), Plan, place, "a commit or quarantine record", j.ID())
		}
	}
}
