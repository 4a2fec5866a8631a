package ledger

import (
	"context"
	"errors"
	"fmt"

	"pairmill/store"
)

// Numbered is a record of a Log.
type Numbered interface {
	// Check refuses a record that this program cannot read, or that does not have the number under which it stands.
	Check(number int) error
}

// Log is a series of create-only records below a prefix, numbered from 1 without a gap: what was decided, one decision after
// the other. Many processes may append; each number is won by one of them. A Log keeps what it has read, which never
// changes. It is used by one goroutine at a time.
type Log[T Numbered] struct {
	store  store.Store
	prefix string
	all    []T
}

// NewLog opens the records below a prefix, which ends in a slash.
func NewLog[T Numbered](s store.Store, prefix string) *Log[T] {
	return &Log[T]{store: s, prefix: prefix}
}

// Known returns what was read so far.
func (l *Log[T]) Known() []T { return l.all }

// Load reads what has come since and returns all records. The caller does not change them.
func (l *Log[T]) Load(ctx context.Context) ([]T, error) {
	for info, err := range l.store.List(ctx, l.prefix) {
		if err != nil {
			return nil, err
		}
		n, ok := store.NumberOf(info.Key)
		switch {
		case !ok:
			return nil, fmt.Errorf("%s is no record: want a number as its name", info.Key)
		case n <= len(l.all):
			continue
		case n > len(l.all)+1:
			return nil, fmt.Errorf("%s stands behind %d records: one is missing", info.Key, len(l.all))
		}
		var record T
		if err := ReadJSON(ctx, l.store, info.Key, &record); err != nil {
			return nil, err
		}
		if err := record.Check(n); err != nil {
			return nil, fmt.Errorf("%s: %w", info.Key, err)
		}
		l.all = append(l.all, record)
	}
	return l.all, nil
}

// Append adds the record that decide makes of all that stand, under the number that it is given, or none if decide returns
// nil. When another process is first, decide is asked again. It returns all records, the new one with them.
func (l *Log[T]) Append(ctx context.Context, decide func(all []T, number int) (*T, error)) ([]T, error) {
	for {
		all, err := l.Load(ctx)
		if err != nil {
			return nil, err
		}
		record, err := decide(all, len(all)+1)
		if record == nil || err != nil {
			return all, err
		}
		blob, err := JSON(record)
		if err != nil {
			return nil, err
		}
		key := store.Numbered(l.prefix, len(all)+1)
		_, err = l.store.Put(ctx, key, blob)
		if errors.Is(err, store.ErrConflict) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", key, err)
		}
		l.all = append(l.all, *record)
		return l.all, nil
	}
}
