package repair

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"path"
	"slices"
	"strings"

	"pairmill/internal/verify"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
)

// damage is one object that verify finds wrong.
type damage struct {
	object schemas.Object // as its records have it; only the key where none names it
	check  verify.Check   // the first finding's
	makers []schemas.Job  // jobs whose records name it
	file   bool           // of a delivered folder: its shard's tar says what it is
}

// find runs verify and collects the objects to blame.
func (r *repair) find(ctx context.Context) error {
	for f, err := range verify.Run(ctx, r.store, r.run, r.cfg.Verify) {
		if err != nil {
			return err
		}
		if f.Check.Note() || r.found[f.Object] != nil {
			continue
		}
		r.found[f.Object] = &damage{object: schemas.Object{Key: f.Object}, check: f.Check}
		r.order = append(r.order, f.Object)
	}
	return nil
}

// records yields the run's commit records that can be believed; verify tells of the others.
func (r *repair) records(ctx context.Context) iter.Seq2[schemas.Commit, error] {
	return func(yield func(schemas.Commit, error) bool) {
		for info, err := range r.store.List(ctx, store.Run(r.run)+"commits/") {
			if err != nil {
				yield(schemas.Commit{}, err)
				return
			}
			data, err := store.ReadAll(ctx, r.store, info.Key, ledger.RecordLimit)
			if err != nil {
				yield(schemas.Commit{}, err)
				return
			}
			var rec schemas.Commit
			if json.Unmarshal(data, &rec) != nil {
				continue
			}
			if check, err := rec.Seal(); err != nil || check != rec.Check || store.CommitKey(rec.Job) != info.Key {
				continue
			}
			if !yield(rec, nil) {
				return
			}
		}
	}
}

// index finds who made what is damaged, and in a second pass where else its content is.
func (r *repair) index(ctx context.Context) error {
	for rec, err := range r.records(ctx) {
		if err != nil {
			return err
		}
		for _, o := range rec.Objects {
			if d := r.found[o.Key]; d != nil {
				d.object, d.makers = o, append(d.makers, rec.Job)
				r.jobs[store.CommitKey(rec.Job)] = rec
			}
		}
		r.folder(rec)
	}
	if err := r.confirm(ctx); err != nil {
		return err
	}
	sums := map[schemas.Hash]bool{}
	for key := range r.damaged {
		sums[r.found[key].object.SHA256] = true
	}
	for rec, err := range r.records(ctx) {
		if err != nil {
			return err
		}
		for _, o := range rec.Objects {
			if sums[o.SHA256] && !slices.Contains(r.twins[o.SHA256], o.Key) {
				r.twins[o.SHA256] = append(r.twins[o.SHA256], o.Key)
			}
		}
		switch rec.Job.Task {
		case schemas.TaskPublish:
			r.published = append(r.published, rec)
		case schemas.TaskDeliver:
			r.deliveries[fetchOf(rec.Job)] = rec
		}
	}
	return nil
}

// folder finds damaged files of a delivered folder, which no record names: its shard's table stands beside the folder.
func (r *repair) folder(rec schemas.Commit) {
	if rec.Job.Task != schemas.TaskDeliver {
		return
	}
	base := baseOf(rec)
	for _, key := range r.order {
		if base != "" && strings.HasPrefix(key, base+"/") {
			d := r.found[key]
			d.file, d.makers = true, append(d.makers, rec.Job)
			r.jobs[store.CommitKey(rec.Job)] = rec
		}
	}
}

// baseOf is what the files of a delivered shard begin with.
func baseOf(delivery schemas.Commit) string {
	for _, o := range delivery.Of(schemas.RoleDelivered) {
		if base, isTable := strings.CutSuffix(o.Key, ".parquet"); isTable {
			return base
		}
	}
	return ""
}

// fetchOf is the fetch of a delivery.
func fetchOf(delivery schemas.Job) schemas.Job {
	delivery.Task = schemas.TaskFetch
	return withoutInput(delivery)
}

// withoutInput is a job by what identifies it.
func withoutInput(j schemas.Job) schemas.Job {
	j.Input = ""
	return j
}

// confirm holds what was found against its record: what is whole is not made again, whatever else verify says of it.
func (r *repair) confirm(ctx context.Context) error {
	for _, key := range r.order {
		d := r.found[key]
		if len(d.makers) == 0 {
			continue
		}
		sum, err := r.sum(ctx, key)
		switch {
		case errors.Is(err, store.ErrNotExist):
		case err != nil:
			return err
		case !d.file && sum == d.object.SHA256:
			continue
		}
		r.damaged[key] = true
	}
	return nil
}

// sum reads an object for its sha256.
func (r *repair) sum(ctx context.Context, key string) (schemas.Hash, error) {
	o, err := r.store.Open(ctx, key)
	if err != nil {
		return schemas.Hash{}, err
	}
	defer o.Close()
	sum, _, err := store.HashOf(ctx, o)
	return sum, err
}

// unmade says why an object that no record names, or that is what its record says, stays as it is.
func (r *repair) unmade(key string) string {
	rest := strings.TrimPrefix(key, store.Run(r.run))
	folder, _, _ := strings.Cut(rest, "/")
	switch {
	case r.found[key].object.Role == schemas.RoleSpec:
		return "it is what was asked for, and follows from nothing: put it back, from a copy of the store or from where the spec was submitted"
	case len(r.found[key].makers) > 0:
		return "its content is what its record says; verify names what differs"
	case key == store.SpecKey(r.run):
		return "it is what was asked for, and follows from nothing: put it back, from where the spec was submitted"
	case folder == "commits":
		return "a commit record is what all else is held against, and more than one bit of it has changed: put it back from a copy of the store"
	case slices.Contains([]string{"generations", "control", "quarantine", "usage", "repairs"}, folder):
		return "it says what people decided or what happened, and follows from nothing: put it back from a copy of the store"
	case path.Base(key) == "manifest.json" || strings.Contains(key, "/claims/"):
		return fmt.Sprintf("no record of %s names it", r.run)
	}
	return "no record that can be read names it"
}
