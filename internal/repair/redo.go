package repair

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"pairmill/schemas"
	"pairmill/store/ledger"
	"pairmill/workers"
)

// redo tries to make what is damaged of a job again. What keeps it from that is noted; an error is one of the store.
func (r *repair) redo(ctx context.Context, rec schemas.Commit) error {
	if r.cfg.DryRun && rec.Job.Task != schemas.TaskFetch {
		r.would(rec)
		return nil
	}
	tx := ledger.Begin(r.view, rec.Job, r.cfg.Deps.Dir)
	defer func() { tx.Close() }()
	mended, err := r.again(ctx, &tx, rec)
	if err := ctx.Err(); err != nil {
		return err
	}
	keys := r.of(rec.Job)
	if err != nil {
		for _, key := range keys {
			r.why[key] = reasonOf(err)
		}
		return r.view.forget()
	}
	for i, key := range keys {
		o := Outcome{Object: key, Way: Derived, From: rec.Job.ID()}
		if mended.Asked > 0 && i == 0 {
			o.Requests = mended.Asked
		}
		if mended.Asked > 0 {
			o.Way = Asked
		}
		if r.cfg.DryRun {
			if r.found[key].object.Role == schemas.RoleObservations {
				o.Way, o.Requests = Changed, 0
			}
			r.tell(o)
			continue
		}
		took, err := r.take(ctx, key, mended)
		if err != nil {
			return err
		}
		if took {
			if rec.Job.Task == schemas.TaskEmbed {
				o.Embeds = r.found[key].object.Rows
			}
			r.tell(o)
		}
	}
	if rec.Job.Task == schemas.TaskFetch && !r.cfg.DryRun && len(r.of(rec.Job)) > 0 {
		if err := r.change(ctx, tx, rec, mended); err != nil {
			return err
		}
	}
	return r.view.forget()
}

// again does the job's work. A fetch that would need requests for what is not damaged needs none.
func (r *repair) again(ctx context.Context, tx **ledger.Tx, rec schemas.Commit) (workers.Mended, error) {
	if rec.Job.Task != schemas.TaskFetch {
		count := workers.Mended{Asked: pagesOf(rec)}
		r.cfg.Begin(rec.Job, count.Asked)
		return count, r.handlers.Redo(ctx, *tx)
	}
	ruin := r.ruin(ctx, rec)
	count, err := r.handlers.Mend(ctx, *tx, ruin.dry())
	if err != nil || r.cfg.DryRun {
		return count, err
	}
	r.cfg.Begin(rec.Job, count.Asked)
	(*tx).Close()
	*tx = ledger.Begin(r.view, rec.Job, r.cfg.Deps.Dir)
	return r.handlers.Mend(ctx, *tx, ruin.Ruin)
}

// pagesOf is how many pages a job visits: a walk's.
func pagesOf(rec schemas.Commit) (n int) {
	for _, o := range rec.Of(schemas.RolePages) {
		n += int(o.Rows)
	}
	return n
}

// take puts an object that a job has made again in its place, if it is what the record says.
func (r *repair) take(ctx context.Context, key string, mended workers.Mended) (bool, error) {
	d := r.found[key]
	m, made := r.view.get(key)
	if !made || !d.file && m.sum != d.object.SHA256 {
		r.why[key] = r.otherwise(d, mended)
		return false, nil
	}
	return true, r.place(ctx, d, m)
}

// otherwise says why what was made is not what was there.
func (r *repair) otherwise(d *damage, mended workers.Mended) string {
	switch {
	case d.object.Role == schemas.RoleObservations:
		return "when and how answers came can be had only once"
	case len(mended.Lost) > 0:
		l := mended.Lost[0]
		return fmt.Sprintf("%d of its pictures cannot be had again; the first, of %s: %s", len(mended.Lost), l.URL, l.Detail)
	case mended.Asked > 0:
		return "the web answers otherwise than it did"
	case d.object.Role == schemas.RoleTar:
		return "it is not this program's: put it back from where it came"
	}
	return "its job makes other content now than its record says, as another version of the program or of its libraries may"
}

// reasonOf shortens an error to what is to be done about it.
func reasonOf(err error) string {
	if errors.Is(err, errDamaged) {
		return "what it follows from is damaged too: " + err.Error()
	}
	return err.Error()
}

// would tells what a job would make again.
func (r *repair) would(rec schemas.Commit) {
	for i, key := range r.of(rec.Job) {
		o := Outcome{Object: key, Way: Derived, From: rec.Job.ID()}
		if n := pagesOf(rec); n > 0 {
			o.Way = Asked
			if i == 0 {
				o.Requests = n
			}
		}
		if rec.Job.Task == schemas.TaskEmbed {
			o.Embeds = r.found[key].object.Rows
		}
		r.tell(o)
	}
}

// sound tells whether none of a record's objects with a role is damaged.
func (r *repair) sound(rec schemas.Commit, role string) bool {
	return !slices.ContainsFunc(rec.Of(role), func(o schemas.Object) bool { return r.damaged[o.Key] })
}
