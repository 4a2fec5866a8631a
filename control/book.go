package control

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
)

// book is every log of one kind, as far as this process has read them: the decisions about all runs, or about all schedules.
// An index in the store says which logs there are and how long they are, so that looking whether anything was decided costs
// one list, however much there is.
type book[T ledger.Numbered] struct {
	store  store.Store
	index  string                          // prefix: <name>/<number>.json behind it
	prefix func(name string) string        // where a log stands
	mark   func(name string, n int) string // the index' entry; nil: the logs are their own index
	busy   chan struct{}                   // holds one while a goroutine reads or writes
	logs   map[string]*ledger.Log[T]
}

func newBook[T ledger.Numbered](s store.Store, index string, prefix func(string) string) *book[T] {
	return &book[T]{store: s, index: index, prefix: prefix, busy: make(chan struct{}, 1), logs: map[string]*ledger.Log[T]{}}
}

func newRunBook(s store.Store) *book[schemas.Control] {
	b := newBook[schemas.Control](s, store.RunsPrefix, store.ControlPrefix)
	b.mark = store.RunMark
	return b
}

func newSeriesBook(s store.Store) *book[schemas.SeriesControl] {
	return newBook[schemas.SeriesControl](s, store.SchedulesPrefix, store.SchedulePrefix)
}

// hold waits for the book.
func (b *book[T]) hold(ctx context.Context) (release func(), err error) {
	select {
	case b.busy <- struct{}{}:
		return func() { <-b.busy }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// log returns a log by name. The caller holds the book.
func (b *book[T]) log(name string) *ledger.Log[T] {
	l := b.logs[name]
	if l == nil {
		l = ledger.NewLog[T](b.store, b.prefix(name))
		b.logs[name] = l
	}
	return l
}

// all reads what has come since and returns every log. Anew, it believes nothing of what the index leaves out: a process may
// have died between a record and its mark. With an error it returns what can be read: a log that cannot must not keep the
// others from being looked after.
func (b *book[T]) all(ctx context.Context, anew bool) (map[string][]T, error) {
	release, err := b.hold(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	lengths, failed := b.lengths(ctx)
	out := make(map[string][]T, len(lengths))
	for _, name := range slices.Sorted(maps.Keys(lengths)) {
		l := b.log(name)
		if anew || len(l.Known()) < lengths[name] {
			if _, err := l.Load(ctx); err != nil {
				failed = errors.Join(failed, err)
				continue
			}
		}
		out[name] = l.Known()
	}
	return out, failed
}

// lengths reads the index.
func (b *book[T]) lengths(ctx context.Context) (map[string]int, error) {
	lengths, failed := map[string]int{}, error(nil)
	for info, err := range b.store.List(ctx, b.index) {
		if err != nil {
			return nil, err
		}
		name, rest, ok := strings.Cut(strings.TrimPrefix(info.Key, b.index), "/")
		n, numbered := store.NumberOf(rest)
		if !ok || !numbered {
			failed = errors.Join(failed, fmt.Errorf("%s is no record: want <name>/<number>.json", info.Key))
			continue
		}
		lengths[name] = max(lengths[name], n)
	}
	return lengths, failed
}

// one reads one log.
func (b *book[T]) one(ctx context.Context, name string) ([]T, error) {
	release, err := b.hold(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	return b.log(name).Load(ctx)
}

// append adds the record that decide makes, as ledger.Log does, and marks it in the index. The mark is also made when there
// is nothing to add: the one who added the last may have died before.
func (b *book[T]) append(ctx context.Context, name string, decide func(all []T, number int) (*T, error)) ([]T, error) {
	release, err := b.hold(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	all, err := b.log(name).Append(ctx, decide)
	if err != nil || b.mark == nil || len(all) == 0 {
		return all, err
	}
	blob, err := ledger.JSON(markOf{Version: schemas.Version, Name: name, Number: len(all)})
	if err != nil {
		return nil, err
	}
	if _, err := b.store.Put(ctx, b.mark(name, len(all)), blob); err != nil {
		return nil, fmt.Errorf("mark decision %d about %s: %w", len(all), name, err)
	}
	return all, nil
}

// markOf is an entry of an index. It says nothing that its key does not.
type markOf struct {
	Version int    `json:"v"`
	Name    string `json:"name"`
	Number  int    `json:"number"`
}
