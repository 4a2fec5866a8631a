// Package ledger is the commit mechanism: how a job's objects and its commit record are written, and how the records
// are read back.
//
// The order of writes is the crash recovery. Objects go first, each under a key that carries its content hash; the
// commit record goes last, create-only. A crash before the record leaves garbage that nobody names; a crash after
// it leaves a finished job. A second worker on the same job writes the same content to the same keys or other
// content to other keys, and then loses the race for the record without harm: the record that stands decides.
package ledger

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"pairmill/internal/crashpoint"
	"pairmill/schemas"
	"pairmill/store"
)

// RecordLimit bounds a commit record, in bytes. The largest ones, of curate and release, name a few objects for each shard of a
// dataset: about a kilobyte, so they end at some 60,000 shards. Those of cuts end at some 250,000.
const RecordLimit = 64 << 20

// Tx collects one job's objects. It is used by one goroutine.
type Tx struct {
	store  store.Store
	dir    string
	record schemas.Commit
	puts   int         // objects written
	files  []io.Closer // the local ones
}

// Begin opens a transaction for job. Data is spooled in dir (empty: the system's folder for temporary files).
func Begin(s store.Store, job schemas.Job, dir string) *Tx {
	return &Tx{store: s, dir: dir, record: schemas.Commit{Version: schemas.Version, Job: job}}
}

// Job is the job that the transaction belongs to.
func (t *Tx) Job() schemas.Job { return t.record.Job }

// Store is where the transaction writes.
func (t *Tx) Store() store.Store { return t.store }

// Dir is the folder for spooled data.
func (t *Tx) Dir() string { return t.dir }

// Spool opens a local file to write an object into. It is removed when the transaction ends.
func (t *Tx) Spool() (*store.Spool, error) {
	sp, err := store.NewSpool(t.dir)
	if err != nil {
		return nil, fmt.Errorf("spool for %s: %w", t.record.Job.ID(), err)
	}
	t.files = append(t.files, sp)
	return sp, nil
}

// Scratch opens a local file for what is not an object. It is removed when the transaction ends.
func (t *Tx) Scratch() (*store.Scratch, error) {
	f, err := store.NewScratch(t.dir)
	if err != nil {
		return nil, fmt.Errorf("temporary file for %s: %w", t.record.Job.ID(), err)
	}
	t.files = append(t.files, f)
	return f, nil
}

// Put writes an object under key with its content hash worked in, and names it in the record. key is relative to the
// run's folder; o carries the role and whatever else is to be said of the object.
func (t *Tx) Put(ctx context.Context, key string, b store.Blob, o schemas.Object) (schemas.Object, error) {
	return t.put(ctx, store.Hashed(store.Run(t.record.Job.Run)+key, b.SHA256()), b, o)
}

// PutPlain writes an object whose name is fixed because others look for it by name. Only content that follows from
// the job alone may be written so.
func (t *Tx) PutPlain(ctx context.Context, key string, b store.Blob, o schemas.Object) (schemas.Object, error) {
	return t.put(ctx, store.Run(t.record.Job.Run)+key, b, o)
}

func (t *Tx) put(ctx context.Context, key string, b store.Blob, o schemas.Object) (schemas.Object, error) {
	if _, err := t.store.Put(ctx, key, b); err != nil {
		return o, fmt.Errorf("write %s of %s: %w", o.Role, t.record.Job.ID(), err)
	}
	o.Key, o.Size, o.SHA256 = key, b.Size(), b.SHA256()
	t.record.Objects = append(t.record.Objects, o)
	t.Wrote()
	return o, nil
}

// Wrote is told of an object that the job has written otherwise, under a name outside the run's folder: another place at
// which it may be cut off half-way.
func (t *Tx) Wrote() {
	point := crashpoint.Half
	if t.puts++; t.puts > 1 {
		point = crashpoint.Checkpoint
	}
	crashpoint.At(string(t.record.Job.Task), point)
}

// Name puts an object that stands already into the record.
func (t *Tx) Name(o ...schemas.Object) { t.record.Objects = append(t.record.Objects, o...) }

// PutSpool is Put of a spooled file.
func (t *Tx) PutSpool(ctx context.Context, key string, sp *store.Spool, o schemas.Object) (schemas.Object, error) {
	b, err := sp.Blob()
	if err != nil {
		return o, fmt.Errorf("spool for %s: %w", t.record.Job.ID(), err)
	}
	if o, err = t.Put(ctx, key, b, o); err != nil {
		return o, err
	}
	return o, sp.Close() // its space is wanted for the next one
}

// Objects returns what was put or named so far.
func (t *Tx) Objects() []schemas.Object { return slices.Clone(t.record.Objects) }

// Counts is what the record will say that the job did.
func (t *Tx) Counts() *schemas.Counts { return &t.record.Counts }

// Next adds jobs that follow from this one alone.
func (t *Tx) Next(jobs ...schemas.Job) { t.record.Next = append(t.record.Next, jobs...) }

// TakeBack returns the jobs that were added so far, and takes them out: others come first.
func (t *Tx) TakeBack() []schemas.Job {
	jobs := t.record.Next
	t.record.Next = nil
	return jobs
}

// Commit writes the record and returns the one that stands: another worker's, if that was first.
func (t *Tx) Commit(ctx context.Context) (schemas.Commit, error) {
	var blob store.Blob
	check, err := t.record.Seal()
	if err == nil {
		t.record.Check = check
		blob, err = JSON(t.record)
	}
	if err == nil && blob.Size() > RecordLimit {
		err = fmt.Errorf("%d bytes, limit %d: cut the run into fewer objects (fetch.part_rows, dataset.shard_samples)", blob.Size(), RecordLimit)
	}
	if err != nil {
		return schemas.Commit{}, fmt.Errorf("encode commit record of %s: %w", t.record.Job.ID(), err)
	}
	_, err = t.store.Put(ctx, store.CommitKey(t.record.Job), blob)
	if errors.Is(err, store.ErrConflict) {
		return Read(ctx, t.store, t.record.Job)
	}
	if err != nil {
		return schemas.Commit{}, fmt.Errorf("commit %s: %w", t.record.Job.ID(), err)
	}
	return t.record, nil
}

// Close removes what was spooled. It may be called more than once.
func (t *Tx) Close() {
	for _, f := range t.files {
		f.Close()
	}
	t.files = nil
}
