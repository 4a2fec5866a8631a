package extsort

import (
	"context"
	"errors"
	"iter"
	"slices"

	"pairmill/store"
	"pairmill/store/table"
)

// DefaultMemory is what a Sorter keeps before it spills, in bytes as estimated by its caller: enough for thousands
// of rows with vectors, little beside what an encoder needs.
const DefaultMemory = 64 << 20

// Config of a Sorter. The zero value works.
type Config struct {
	Dir    string // for spilled runs; empty: the system's folder for temporary files
	Memory int64  // bytes of rows kept before they are spilled as a sorted run; default DefaultMemory
}

// Sorter sorts rows, stably, spilling sorted runs to the local disk when they outgrow its memory.
type Sorter[T any] struct {
	cfg     Config
	compare func(a, b T) int
	rows    []T
	bytes   int64
	spools  []*store.Spool
	spilled []store.Blob
}

// New makes a sorter. Close removes what it spilled.
func New[T any](compare func(a, b T) int, cfg Config) *Sorter[T] {
	if cfg.Memory <= 0 {
		cfg.Memory = DefaultMemory
	}
	return &Sorter[T]{cfg: cfg, compare: compare}
}

// Add takes a row that occupies about size bytes.
func (s *Sorter[T]) Add(row T, size int64) error {
	s.rows = append(s.rows, row)
	s.bytes += size
	if s.bytes < s.cfg.Memory {
		return nil
	}
	return s.spill()
}

func (s *Sorter[T]) spill() error {
	sp, err := store.NewSpool(s.cfg.Dir)
	if err != nil {
		return err
	}
	s.spools = append(s.spools, sp)
	slices.SortStableFunc(s.rows, s.compare)
	w, err := table.NewWriter[T](sp, table.Config{})
	if err != nil {
		return err
	}
	if err := errors.Join(w.Write(s.rows...), w.Close()); err != nil {
		return err
	}
	blob, err := sp.Blob()
	if err != nil {
		return err
	}
	s.spilled = append(s.spilled, blob)
	clear(s.rows)
	s.rows, s.bytes = s.rows[:0], 0
	return nil
}

// Sorted yields all rows in order. Add must not be called after it.
func (s *Sorter[T]) Sorted(ctx context.Context) iter.Seq2[T, error] {
	slices.SortStableFunc(s.rows, s.compare)
	runs := make([]iter.Seq2[T, error], 0, len(s.spilled)+1)
	for _, b := range s.spilled {
		runs = append(runs, table.ReadBlob[T](ctx, "spilled run", b))
	}
	return Merge(s.compare, append(runs, values(s.rows))...)
}

func values[T any](rows []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// Close removes the spilled runs.
func (s *Sorter[T]) Close() error {
	var err error
	for _, sp := range s.spools {
		err = errors.Join(err, sp.Close())
	}
	s.spools, s.spilled, s.rows = nil, nil, nil
	return err
}
