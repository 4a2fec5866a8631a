// Package extsort sorts more than fits into memory: sorted runs are merged as streams, and a Sorter makes such runs
// on the local disk.
package extsort

import (
	"container/heap"
	"iter"
)

// Merge yields the values of sorted sequences in one sorted sequence. Values that compare equal come in the order of
// their sequences. It holds one value of each sequence; the first error ends it.
func Merge[T any](compare func(a, b T) int, seqs ...iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		h := &heads[T]{compare: compare}
		defer h.stop()
		for i, s := range seqs {
			next, stop := iter.Pull2(s)
			h.stops = append(h.stops, stop)
			if err := h.fill(&head[T]{next: next, seq: i}); err != nil {
				var zero T
				yield(zero, err)
				return
			}
		}
		heap.Init(h)
		for len(h.items) > 0 {
			top := h.items[0]
			if !yield(top.value, nil) {
				return
			}
			if err := h.advance(top); err != nil {
				var zero T
				yield(zero, err)
				return
			}
		}
	}
}

// head is the first value of a sequence that has not been yielded yet.
type head[T any] struct {
	value T
	next  func() (T, error, bool)
	seq   int
}

type heads[T any] struct {
	items   []*head[T]
	stops   []func()
	compare func(a, b T) int
}

// fill reads the first value of a sequence, before the heap is ordered.
func (h *heads[T]) fill(x *head[T]) error {
	v, err, ok := x.next()
	if err != nil {
		return err
	}
	if ok {
		x.value = v
		h.items = append(h.items, x)
	}
	return nil
}

// advance replaces the top's value by the next of its sequence.
func (h *heads[T]) advance(top *head[T]) error {
	v, err, ok := top.next()
	switch {
	case err != nil:
		return err
	case ok:
		top.value = v
		heap.Fix(h, 0)
	default:
		heap.Pop(h)
	}
	return nil
}

func (h *heads[T]) stop() {
	for _, stop := range h.stops {
		stop()
	}
}

func (h *heads[T]) Len() int      { return len(h.items) }
func (h *heads[T]) Swap(i, j int) { h.items[i], h.items[j] = h.items[j], h.items[i] }
func (h *heads[T]) Push(x any)    { h.items = append(h.items, x.(*head[T])) }
func (h *heads[T]) Less(i, j int) bool {
	c := h.compare(h.items[i].value, h.items[j].value)
	return c < 0 || c == 0 && h.items[i].seq < h.items[j].seq
}
func (h *heads[T]) Pop() any {
	last := h.items[len(h.items)-1]
	h.items = h.items[:len(h.items)-1]
	return last
}
