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
		equal(c, whole(o.Key), Record, "task and name", o.Key, groupKey(rec.Job.Run, g.Task, g.Name))
		equal(c, whole(o.Key), Record, "v", schemas.Version, g.Version)
		if isEnd(rec.Job, g) {
			c.end(ctx, rec.Job, o.Key, g)
		} else {
			c.plan(ctx, rec.Job, o.Key, g, over)
		}
	}
}

// isEnd tells whether a plan is the record of how many fetch groups there are when the generation of a job is planned.
func isEnd(job schemas.Job, g schemas.Group) bool {
	name := "end"
	if job.Generation > 0 {
		name += "-" + schemas.GenerationName(job.Generation)
	}
	return g.Task == schemas.TaskFetch && g.Name == name
}

// end checks that there are as many fetch groups as are said.
func (c *checker) end(ctx context.Context, job schemas.Job, key string, g schemas.Group) {
	equal(c, whole(key), Plan, "jobs", 0, len(g.Jobs))
	last := schemas.GroupName(g.Size - 1)
	plan := groupKey(job.Run, schemas.TaskFetch, last)
	if g.Size > 0 && !c.broken[plan] && !c.exists(ctx, plan) {
		c.reportAt(whole(key), Plan, "size", "as many fetch groups", "no "+last)
	}
}

func groupKey(run string, task schemas.Task, name string) string {
	return fmt.Sprintf("%sgroups/%s/%s.json", store.Run(run), task, name)
}

// plan checks the plan of a group, whose jobs have the generation of the job that planned it.
func (c *checker) plan(ctx context.Context, by schemas.Job, key string, g schemas.Group, over bool) {
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
		if over && !c.settled(ctx, by.Follow(g.Task, g.Name, job, "")) {
			c.reportAt(whole(key), Plan, fmt.Sprintf("jobs.%d", i), "a commit or quarantine record", job)
		}
	}
	prefix := store.CommitPrefix(by.Run, g.Task.Stage(), g.Name) + string(g.Task) + "-"
	for info, err := range c.store.List(ctx, prefix) {
		if err != nil {
			c.fail(err)
			return
		}
		job := strings.TrimSuffix(strings.TrimPrefix(info.Key, prefix), path.Ext(info.Key))
		if by.Generation > 0 {
			job = strings.TrimSuffix(job, fmt.Sprintf("-g%d", by.Generation))
		}
		if !planned[job] && !c.broken[key] {
			c.reportAt(whole(info.Key), Plan, "", "a job of "+key, job)
		}
	}
}

// followed checks that what a record names as next has settled.
func (c *checker) followed(ctx context.Context, key string, rec schemas.Commit) {
	c.follow(ctx, key, "next", rec.Next)
	for _, o := range rec.Of(schemas.RoleWaiting) {
		var w schemas.Waiting
		if !c.broken[o.Key] && c.readJSON(ctx, o.Key, &w) == nil {
			c.follow(ctx, o.Key, "jobs", w.Jobs)
		}
	}
}

func (c *checker) follow(ctx context.Context, key, list string, jobs []schemas.Job) {
	for i, j := range jobs {
		place := fmt.Sprintf("%s.%d", list, i)
		next, _, err := readCanonical[schemas.Commit](ctx, c, store.CommitKey(j))
		switch {
		case err == nil:
			agree(c, whole(store.CommitKey(j)), whole(key), Plan, place, next.Job, j)
		case !c.settled(ctx, j):
			c.reportAt(whole(key), Plan, place, "a commit or quarantine record", j.ID())
		}
	}
}
