package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"path"
	"strings"

	"pairmill/schemas"
	"pairmill/store"
)

// Read returns a job's commit record, or store.ErrNotExist.
func Read(ctx context.Context, s store.Store, job schemas.Job) (schemas.Commit, error) {
	return readRecord(ctx, s, store.CommitKey(job))
}

func readRecord(ctx context.Context, s store.Store, key string) (schemas.Commit, error) {
	var c schemas.Commit
	if err := ReadJSON(ctx, s, key, &c); err != nil {
		return c, err
	}
	if c.Version != schemas.Version {
		return c, fmt.Errorf("%s: %w: schema version %d: this program reads version %d", key, ErrVersion, c.Version, schemas.Version)
	}
	if check, err := c.Seal(); err != nil || check != c.Check {
		return c, fmt.Errorf("%s: %w", key, ErrSeal)
	}
	return c, nil
}

// ErrVersion is a record that this program cannot read, however often it tries.
var ErrVersion = errors.New("record was written by another version of the program")

// ErrSeal is a record whose bytes are not the ones that were written.
var ErrSeal = errors.New("record is damaged: its content does not match its check")

// ReadJSON reads a small JSON object into v.
func ReadJSON(ctx context.Context, s store.Store, key string, v any) error {
	data, err := store.ReadAll(ctx, s, key, RecordLimit)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("read %s: %w", key, err)
	}
	return nil
}

// JSON encodes a small object.
func JSON(v any) (store.Blob, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return store.Bytes(data), nil
}

// Group yields the commit records of one task in a group, in the order of the jobs' names.
func Group(ctx context.Context, s store.Store, run string, task schemas.Task, group string) iter.Seq2[schemas.Commit, error] {
	return records(ctx, s, store.CommitPrefix(run, task.Stage(), group)+string(task)+"-")
}

// Run yields every commit record of a run.
func Run(ctx context.Context, s store.Store, run string) iter.Seq2[schemas.Commit, error] {
	return records(ctx, s, store.Run(run)+"commits/")
}

func records(ctx context.Context, s store.Store, prefix string) iter.Seq2[schemas.Commit, error] {
	return func(yield func(schemas.Commit, error) bool) {
		for info, err := range s.List(ctx, prefix) {
			if err != nil {
				yield(schemas.Commit{}, err)
				return
			}
			c, err := readRecord(ctx, s, info.Key)
			if !yield(c, err) || err != nil {
				return
			}
		}
	}
}

// Settled counts the jobs of one task in a group that are committed or, where a run can go on without them, given up.
// List is strongly consistent, so of the workers that commit the last jobs of a group, the last one to look sees them
// all.
func Settled(ctx context.Context, s store.Store, run string, task schemas.Task, group string) (int, error) {
	names, err := SettledNames(ctx, s, run, task, group)
	return len(names), err
}

// SettledNames is Settled by name: the jobs' IDs without their group.
func SettledNames(ctx context.Context, s store.Store, run string, task schemas.Task, group string) (map[string]bool, error) {
	done := map[string]bool{}
	prefixes := []string{store.CommitPrefix(run, task.Stage(), group)}
	if !task.Critical() {
		prefixes = append(prefixes, store.QuarantinePrefix(run, task.Stage(), group))
	}
	for _, prefix := range prefixes {
		for info, err := range s.List(ctx, prefix+string(task)+"-") {
			if err != nil {
				return nil, err
			}
			done[strings.TrimSuffix(path.Base(info.Key), ".json")] = true
		}
	}
	return done, nil
}

// Lost returns the names of a group's jobs of one task that were given up and not done.
func Lost(ctx context.Context, s store.Store, run string, task schemas.Task, group string) (map[string]bool, error) {
	lost := map[string]bool{}
	for q, err := range Quarantined(ctx, s, run, store.QuarantinePrefix(run, task.Stage(), group)+string(task)+"-") {
		if err != nil {
			return nil, err
		}
		lost[q.Job.Name] = true
	}
	return lost, nil
}

// Exists tells whether there is an object at key.
func Exists(ctx context.Context, s store.Store, key string) (bool, error) {
	for info, err := range s.List(ctx, key) {
		return err == nil && info.Key == key, err
	}
	return false, nil
}
