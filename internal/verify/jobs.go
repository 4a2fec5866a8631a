package verify

import (
	"context"
	"encoding/json"
	"path"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/table"
)

// jobs is the check of a run's commit records, one after the other.
type jobs struct {
	c       *checker
	run     string
	join    *joins
	set     settings
	seed    *uint64 // of the shuffle; nil = not known
	over    bool
	short   bool                   // it is over without a dataset: it delivered its shards, or just keeps them
	totals  map[int]schemas.Counts // of generations
	curated int                    // the last generation that was curated, whose word on each sample counts
	pool    *poolCheck             // nil = the run has none, or none that could be read
}

// check recomputes what one job says that it made.
func (j *jobs) check(ctx context.Context, key string, rec schemas.Commit) error {
	c := j.c
	total := j.totals[rec.Job.Generation]
	total.Add(rec.Counts)
	if j.totals[rec.Job.Generation] = total; c.broken[key] {
		return nil // what it says of its job is not what it was
	}
	c.plans(ctx, rec, j.over)
	if j.over {
		c.followed(ctx, key, rec)
	}
	switch rec.Job.Task {
	case schemas.TaskFetch:
		return j.fetched(ctx, rec)
	case schemas.TaskScan:
		return j.scan(ctx, rec)
	case schemas.TaskCut:
		j.cut(ctx, rec)
	case schemas.TaskDeliver:
		j.deliver(ctx, rec)
	case schemas.TaskTally:
		return j.tally(ctx, rec)
	case schemas.TaskWalk:
		j.walk(ctx, rec)
	case schemas.TaskDedup:
		return j.dedup(ctx, rec)
	case schemas.TaskEmbed:
		return j.embed(ctx, rec)
	case schemas.TaskSelect:
		return j.selects(ctx, rec)
	case schemas.TaskCurate:
		return j.curate(ctx, rec)
	case schemas.TaskPublish:
		return j.publish(ctx, rec)
	case schemas.TaskRelease, schemas.TaskFinish:
		c.counts(ctx, rec, schemas.Counts{})
	default:
		j.crawl(ctx, rec)
		c.counts(ctx, rec, schemas.Counts{})
	}
	return nil
}

// crawl reads the objects of a crawl's jobs: their content nothing else repeats, so they must read and have the rows
// that are said of them.
func (j *jobs) crawl(ctx context.Context, rec schemas.Commit) {
	for _, o := range rec.Objects {
		switch path.Ext(o.Key) {
		case ".parquet":
			j.c.reads(ctx, o)
		case ".json":
			j.c.parses(ctx, o.Key)
		}
	}
}

// reads reads a table whole, whatever it holds.
func (c *checker) reads(ctx context.Context, o schemas.Object) {
	n, err := table.Check(ctx, c.store, o.Key)
	if err != nil {
		c.unreadable(ctx, whole(o.Key), placeIn(err), err)
		return
	}
	c.declared(o, n)
}

func (c *checker) parses(ctx context.Context, key string) {
	data, err := store.ReadAll(ctx, c.store, key, jsonLimit)
	var v any
	if err == nil {
		err = json.Unmarshal(data, &v)
	}
	if err != nil {
		c.unreadable(ctx, whole(key), jsonPlace(data, err), err)
	}
}

func (j *jobs) walk(ctx context.Context, rec schemas.Commit) {
	var want schemas.Counts
	ok := true
	for _, o := range rec.Of(schemas.RolePages) {
		for i, p := range rows[schemas.Page](ctx, j.c, o) {
			j.c.reason(at{o.Key, i, p.URL}, "reason", schemas.Reason(p.Reason))
			want.Bytes += p.Bytes
			if p.Reason == "" {
				want.Pages++
			}
		}
		ok = ok && !j.c.torn[o.Key]
	}
	j.crawl(ctx, rec)
	if ok {
		j.c.counts(ctx, rec, want)
	}
}

// counts compares unless one of the job's tables did not read.
func (j *jobs) counts(ctx context.Context, rec schemas.Commit, want schemas.Counts) {
	for _, o := range rec.Objects {
		if j.c.torn[o.Key] {
			return
		}
	}
	j.c.counts(ctx, rec, want)
}
