package mem

import (
	"cmp"
	"container/heap"
	"iter"
	"maps"
	"slices"
	"time"

	"pairmill/cluster/turns"
	"pairmill/schemas"
)

// name is what makes a job unique.
type name struct {
	run   string
	stage schemas.Stage
	id    string
}

// entry is one job of a lane. It lies in exactly one of the lane's heaps; once removed, in none.
type entry struct {
	name
	body     []byte
	serial   uint64 // the order of arrival
	attempts int    // deliveries so far, without returned ones
	lease    uint64 // counts leases, so that a late settlement is told from a timely one
	held     bool   // leased; otherwise ready or delayed
	due      time.Time
	heap     heap.Interface
	index    int
}

// lane holds the jobs of one stage: those that can be pulled, for each run the oldest first, and those that wait for a
// lease or a delay to end, the next to end first.
type lane struct {
	byName  map[name]*entry
	ready   map[string]*byAge // by run; a heap may be empty
	waiting byDue
	turns   turns.Turns
}

func newLane() *lane { return &lane{byName: map[name]*entry{}, ready: map[string]*byAge{}} }

// next is the oldest job of the run whose turn it is, of those that have one and are not in paused.
func (l *lane) next(weights func(run string) (weight int, paused bool)) *entry {
	var ready iter.Seq2[string, int] = func(yield func(string, int) bool) {
		for run, jobs := range l.ready {
			if weight, paused := weights(run); len(*jobs) > 0 && !paused && !yield(run, weight) {
				return
			}
		}
	}
	run, ok := l.turns.Next(ready)
	if !ok {
		return nil
	}
	return (*l.ready[run])[0]
}

// drop removes every job of a run.
func (l *lane) drop(run string) {
	for _, e := range slices.Collect(maps.Values(l.byName)) {
		if e.run == run {
			l.remove(e)
		}
	}
	delete(l.ready, run)
	l.turns.Forget(run)
}

func (l *lane) insert(e *entry) {
	l.byName[e.name] = e
	l.makeReady(e)
}

func (l *lane) remove(e *entry) {
	l.detach(e)
	delete(l.byName, e.name)
}

// has tells whether e is still a job of the lane, and not another of the same name.
func (l *lane) has(e *entry) bool { return l.byName[e.name] == e }

func (l *lane) makeReady(e *entry) {
	l.detach(e)
	jobs := l.ready[e.run]
	if jobs == nil {
		jobs = &byAge{}
		l.ready[e.run] = jobs
	}
	e.held, e.heap = false, jobs
	heap.Push(e.heap, e)
}

// park lets e wait until due: for the end of a lease when held, else of a delay.
func (l *lane) park(e *entry, due time.Time, held bool) {
	l.detach(e)
	e.held, e.due, e.heap = held, due, &l.waiting
	heap.Push(e.heap, e)
}

func (l *lane) detach(e *entry) {
	if e.heap != nil {
		heap.Remove(e.heap, e.index)
		e.heap = nil
	}
}

// ripen makes ready what is due, and returns when the next is due; zero when nothing waits.
func (l *lane) ripen(now time.Time) time.Time {
	for len(l.waiting) > 0 {
		e := l.waiting[0]
		if e.due.After(now) {
			return e.due
		}
		l.makeReady(e)
	}
	return time.Time{}
}

type byAge []*entry

func (h byAge) Len() int           { return len(h) }
func (h byAge) Less(i, j int) bool { return h[i].serial < h[j].serial }
func (h byAge) Swap(i, j int)      { swap(h, i, j) }
func (h *byAge) Push(x any)        { *h = add(*h, x) }
func (h *byAge) Pop() any          { var x any; *h, x = drop(*h); return x }

type byDue []*entry

func (h byDue) Len() int      { return len(h) }
func (h byDue) Swap(i, j int) { swap(h, i, j) }
func (h *byDue) Push(x any)   { *h = add(*h, x) }
func (h *byDue) Pop() any     { var x any; *h, x = drop(*h); return x }
func (h byDue) Less(i, j int) bool {
	return cmp.Or(h[i].due.Compare(h[j].due), cmp.Compare(h[i].serial, h[j].serial)) < 0
}

func swap(h []*entry, i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func add(h []*entry, x any) []*entry {
	e := x.(*entry)
	e.index = len(h)
	return append(h, e)
}

func drop(h []*entry) ([]*entry, any) {
	last := h[len(h)-1]
	h[len(h)-1] = nil
	return h[:len(h)-1], last
}
