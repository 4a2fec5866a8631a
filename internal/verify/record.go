package verify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"pairmill/schemas"
	"pairmill/store"
)

// records yields the commit records of a run that can be read, with their keys. The others are reported by
// checkRecords.
func (c *checker) records(ctx context.Context, run string) iter.Seq2[string, schemas.Commit] {
	return func(yield func(string, schemas.Commit) bool) {
		for info, err := range c.store.List(ctx, store.Run(run)+"commits/") {
			if err != nil {
				c.fail(err)
				return
			}
			rec, _, err := readCanonical[schemas.Commit](ctx, c, info.Key)
			if err != nil {
				continue
			}
			if c.err != nil || !yield(info.Key, rec) {
				return
			}
		}
	}
}

// readCanonical reads a record that was written by json.Marshal.
func readCanonical[T any](ctx context.Context, c *checker, key string) (v T, data []byte, err error) {
	if data, err = store.ReadAll(ctx, c.store, key, jsonLimit); err != nil {
		return v, nil, err
	}
	return v, data, strict(data, &v)
}

// canonical reports a record that is not in the one form in which it is written.
func canonical[T any](ctx context.Context, c *checker, key string) (v T, ok bool) {
	v, data, err := readCanonical[T](ctx, c, key)
	if err != nil {
		place := ""
		if data != nil {
			place = jsonPlace(data, err)
		}
		c.unreadable(ctx, whole(key), place, err)
		return v, false
	}
	want, err := json.Marshal(v)
	if err != nil {
		c.fail(err)
	}
	if !bytes.Equal(want, data) {
		c.recomputed(key, Record, want, data)
	}
	return v, true
}

// checkRecords reads every commit and quarantine record of a run and holds what it says of its job against its key.
func (c *checker) checkRecords(ctx context.Context, run string) {
	for info, err := range c.store.List(ctx, store.Run(run)+"commits/") {
		if err != nil || c.err != nil {
			c.fail(errors.Join(err, c.err))
			return
		}
		c.cfg.Progress(info.Key, info.Size)
		before := c.found[info.Key]
		if rec, ok := canonical[schemas.Commit](ctx, c, info.Key); ok {
			equal(c, whole(info.Key), Record, "v", schemas.Version, rec.Version)
			c.sealed(info.Key, rec.Check, rec.Seal)
			c.job(info.Key, run, store.CommitKey(rec.Job), rec.Job)
			c.next(info.Key, rec)
			c.rolesOf(info.Key, rec)
			for r := range rec.Counts.Dropped {
				c.reason(whole(info.Key), "counts.dropped", r)
			}
			for r := range rec.Counts.Superseded {
				c.reason(whole(info.Key), "counts.superseded", r)
			}
		}
		if c.found[info.Key] > before {
			c.gaps, c.broken[info.Key] = true, true
		}
	}
	for info, err := range c.store.List(ctx, store.Run(run)+"quarantine/") {
		if err != nil || c.err != nil {
			c.fail(errors.Join(err, c.err))
			return
		}
		if q, ok := canonical[schemas.Quarantine](ctx, c, info.Key); ok {
			equal(c, whole(info.Key), Record, "v", schemas.Version, q.Version)
			c.sealed(info.Key, q.Check, q.Seal)
			c.job(info.Key, run, store.QuarantineKey(q.Job), q.Job)
		}
	}
}

// sealed checks a record against its own check, which sees the bytes that nothing else could contradict.
func (c *checker) sealed(key string, check schemas.Hash, seal func() (schemas.Hash, error)) {
	want, err := seal()
	if err != nil {
		c.fail(err)
		return
	}
	equal(c, whole(key), Record, "check", want, check)
}

// job checks that a record stands where its job belongs.
func (c *checker) job(key, run, want string, j schemas.Job) {
	if err := j.Validate(); err != nil {
		c.reportAt(whole(key), Record, "job", "a job of this version", err)
	}
	equal(c, whole(key), Record, "job.run", run, j.Run)
	if want != key {
		c.reportAt(whole(key), Record, "job", "the job that belongs at this key", j.ID())
	}
}

func (c *checker) next(key string, rec schemas.Commit) {
	for i, j := range rec.Next {
		place := fmt.Sprintf("next.%d", i)
		if err := j.Validate(); err != nil {
			c.reportAt(whole(key), Record, place, "a job of this version", err)
		}
		equal(c, whole(key), Record, place+".run", rec.Job.Run, j.Run)
	}
}

// roles is the closed list of what objects are for.
var roles = []string{
	schemas.RoleTar, schemas.RoleTable, schemas.RoleObservations, schemas.RoleHashes, schemas.RolePages, schemas.RoleLinks,
	schemas.RoleFoundLinks, schemas.RoleCandidates, schemas.RoleEpoch, schemas.RoleEnded, schemas.RoleLane, schemas.RoleSeen,
	schemas.RolePart, schemas.RoleWinners, schemas.RoleDuplicates, schemas.RoleColumn, schemas.RoleSelection,
	schemas.RoleDecisions, schemas.RoleData, schemas.RoleStats, schemas.RoleManifest, schemas.RoleCard, schemas.RoleGroup,
	schemas.RoleOptOuts, schemas.RoleIndex, schemas.RoleListing, schemas.RoleSurvey, schemas.RolePool, schemas.RoleLines,
	schemas.RoleDelivered, schemas.RoleSpec, schemas.RoleReadings, schemas.RoleRecall, schemas.RoleWaiting,
}

// forOthers are the roles of objects that say with For what they come from, which is no part of their key.
var forOthers = []string{schemas.RoleColumn, schemas.RoleSurvey, schemas.RoleLines}

func (c *checker) rolesOf(key string, rec schemas.Commit) {
	for i, o := range rec.Objects {
		if !slices.Contains(roles, o.Role) {
			c.reportAt(whole(key), Record, fmt.Sprintf("objects.%d.role", i), "a role", o.Role)
		}
		if !slices.Contains(forOthers, o.Role) && !strings.Contains(o.Key, o.For) {
			c.reportAt(whole(key), Record, fmt.Sprintf("objects.%d.for", i), "a part of "+o.Key, o.For)
		}
	}
}

func (c *checker) reason(p at, place string, r schemas.Reason) {
	if !r.Valid() {
		c.reportAt(p, Reason, place, "a reason of the closed list", r)
	}
}

// counts holds a job's counts against what was recomputed of them.
func (c *checker) counts(ctx context.Context, rec schemas.Commit, want schemas.Counts) {
	want.Requests = rec.Counts.Requests // robots.txt is among them, and stands in no table
	if len(want.Dropped) == 0 {
		want.Dropped = rec.Counts.Dropped
		for _, n := range rec.Counts.Dropped {
			if n != 0 {
				want.Dropped = nil
			}
		}
	}
	w, werr := json.Marshal(want)
	g, gerr := json.Marshal(rec.Counts)
	if err := errors.Join(werr, gerr); err != nil {
		c.fail(err)
		return
	}
	if !bytes.Equal(w, g) {
		c.counted = true
		c.recomputed(store.CommitKey(rec.Job), Counts, w, g)
	}
}

// exists tells whether there is an object at key.
func (c *checker) exists(ctx context.Context, key string) bool {
	for info, err := range c.store.List(ctx, key) {
		if err != nil {
			c.fail(err)
		}
		return err == nil && info.Key == key
	}
	return false
}

// settled tells whether a job has a commit or a quarantine record.
func (c *checker) settled(ctx context.Context, j schemas.Job) bool {
	return c.exists(ctx, store.CommitKey(j)) || c.exists(ctx, store.QuarantineKey(j))
}
