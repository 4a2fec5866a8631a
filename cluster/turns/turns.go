// Package turns deals turns among runs by weight, for the queues.
//
// It is start-time fair queueing over jobs that all count the same: each turn of a run starts where its last one ended,
// a turn of weight w is 1/w long, and the run whose turn starts first is next. A run that had nothing for a while
// begins at the present, so that it neither claims what it did not use nor waits for others to catch up.
package turns

import "iter"

// lap is the length of a turn of weight 1. Weights up to a hundred divide it well enough.
const lap = 1 << 32

// Turns deals turns. The zero value is ready; it is not for use by several goroutines at once.
type Turns struct {
	now  uint64 // the start of the latest turn
	runs map[string]turn
}

// turn is where a run stands.
type turn struct {
	next uint64 // the start of its next turn
	cost uint64 // the length of its last
}

// Next deals a turn to one of the runs that ready lists with their weights, each 1 or more. Between equals the name
// decides. ok is false when none is ready.
func (t *Turns) Next(ready iter.Seq2[string, int]) (run string, ok bool) {
	var start, cost uint64
	for name, weight := range ready {
		s := max(t.runs[name].next, t.now)
		if !ok || s < start || s == start && name < run {
			run, start, cost, ok = name, s, lap/uint64(max(weight, 1)), true
		}
	}
	if !ok {
		return "", false
	}
	if t.runs == nil {
		t.runs = map[string]turn{}
	}
	t.runs[run] = turn{next: start + cost, cost: cost}
	t.now = start
	return run, true
}

// Undo takes a run's last turn back: it was not used. Of several in a row, only the last is known by its length.
func (t *Turns) Undo(run string) {
	if r, ok := t.runs[run]; ok {
		r.next -= min(r.cost, r.next)
		t.runs[run] = r
	}
}

// Forget drops a run that is gone.
func (t *Turns) Forget(run string) { delete(t.runs, run) }
