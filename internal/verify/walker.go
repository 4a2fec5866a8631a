package verify

import (
	"context"
	"iter"

	"pairmill/schemas"
)

// walker goes through one of several objects that hold the same rows, step by step.
type walker[T any] struct {
	object schemas.Object
	next   func() (T, error, bool)
	stop   func()
	broken func(n int64, err error) // reports that it does not read on; nil = as a table

	n      int64 // rows so far
	row    T
	ok     bool // row holds the latest
	failed bool // it ended early
}

func newWalker[T any](o schemas.Object, seq iter.Seq2[T, error]) *walker[T] {
	w := &walker[T]{object: o}
	w.next, w.stop = iter.Pull2(seq)
	return w
}

// step goes to the next row.
func (w *walker[T]) step(ctx context.Context, c *checker) {
	row, err, more := w.next()
	w.row, w.ok = row, more && err == nil
	switch {
	case w.ok:
		w.n++
	case err == nil:
	case w.broken != nil:
		w.failed = true
		w.broken(w.n, err)
	default:
		w.failed = true
		c.unreadable(ctx, at{w.object.Key, w.n, ""}, placeIn(err), err)
	}
}

// end holds the number of rows against what is said of the object.
func (w *walker[T]) end(c *checker) {
	if !w.failed {
		c.declared(w.object, w.n)
	}
}
