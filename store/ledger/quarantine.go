package ledger

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"pairmill/schemas"
	"pairmill/store"
)

// errorLimit keeps a quarantine record readable.
const errorLimit = 4 << 10

// PutQuarantine records that a job was given up. A record that stands already stays.
func PutQuarantine(ctx context.Context, s store.Store, q schemas.Quarantine) error {
	q.Version = schemas.Version
	if len(q.Error) > errorLimit {
		q.Error = q.Error[:errorLimit] + "…"
	}
	q.Error = strings.ToValidUTF8(q.Error, "\uFFFD")
	check, err := q.Seal()
	if err != nil {
		return err
	}
	q.Check = check
	blob, err := JSON(q)
	if err != nil {
		return err
	}
	_, err = s.Put(ctx, store.QuarantineKey(q.Job), blob)
	if err != nil && !errors.Is(err, store.ErrConflict) {
		return fmt.Errorf("quarantine %s: %w", q.Job.ID(), err)
	}
	return nil
}

func readQuarantine(ctx context.Context, s store.Store, key string) (q schemas.Quarantine, err error) {
	if err := ReadJSON(ctx, s, key, &q); err != nil {
		return q, err
	}
	if check, err := q.Seal(); err != nil || check != q.Check {
		return q, fmt.Errorf("%s: %w", key, ErrSeal)
	}
	return q, nil
}

// Quarantined yields the jobs of a run that were given up and have not been done since: all of them, or those whose
// records stand under a prefix.
func Quarantined(ctx context.Context, s store.Store, run string, prefix ...string) iter.Seq2[schemas.Quarantine, error] {
	under := store.Run(run) + "quarantine/"
	if len(prefix) > 0 {
		under = prefix[0]
	}
	return func(yield func(schemas.Quarantine, error) bool) {
		for info, err := range s.List(ctx, under) {
			var q schemas.Quarantine
			if err == nil {
				q, err = readQuarantine(ctx, s, info.Key)
			}
			done := false
			if err == nil {
				done, err = Exists(ctx, s, store.CommitKey(q.Job))
			}
			if done {
				continue
			}
			if !yield(q, err) || err != nil {
				return
			}
		}
	}
}
