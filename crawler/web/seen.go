package web

import (
	"bytes"
	"fmt"
	"slices"
	"sort"
)

const hashSize = len(Hash{})

// Seen is an immutable set of hashes: sorted runs, each the distinct 16-byte hashes of one job or of a merge of
// several, one after the other. The zero Seen is empty. It is safe for concurrent use.
type Seen struct{ runs [][]byte }

// NewSeen makes a set of runs held in memory; it keeps them and they must not change. A run that is not sorted and
// distinct, or not a whole number of hashes, is an error: it would make pages or pictures be taken for unseen.
func NewSeen(runs ...[]byte) (Seen, error) {
	for i, run := range runs {
		if err := checkRun(run); err != nil {
			return Seen{}, fmt.Errorf("run %d of %d: %w", i+1, len(runs), err)
		}
	}
	return Seen{runs}, nil
}

func checkRun(run []byte) error {
	if len(run)%hashSize != 0 {
		return fmt.Errorf("%d bytes are not a whole number of %d-byte hashes", len(run), hashSize)
	}
	for at := hashSize; at < len(run); at += hashSize {
		if bytes.Compare(run[at-hashSize:at], run[at:at+hashSize]) >= 0 {
			return fmt.Errorf("hash %d is not larger than the one before it", at/hashSize)
		}
	}
	return nil
}

// Has tells whether h is in the set. It is a binary search in each run.
func (s Seen) Has(h Hash) bool {
	return slices.ContainsFunc(s.runs, func(run []byte) bool {
		n := len(run) / hashSize
		i := sort.Search(n, func(i int) bool { return bytes.Compare(run[i*hashSize:(i+1)*hashSize], h[:]) >= 0 })
		return i < n && Hash(run[i*hashSize:]) == h
	})
}

// Len returns the number of hashes, those in two runs counted twice.
func (s Seen) Len() int {
	n := 0
	for _, run := range s.runs {
		n += len(run) / hashSize
	}
	return n
}

// Memory is what a lane has seen since the crawl began.
type Memory struct {
	Pages      Seen // URLs that were planned
	Candidates Seen // ids that were emitted
	OptOuts    Seen // ids that were emitted with an opt-out
}

// Runs is what a job adds to a lane's Memory: one sorted run for each set, empty when there is nothing to add.
type Runs struct {
	Pages      []byte
	Candidates []byte
	OptOuts    []byte
}

// adder is a set with what one job adds to it.
type adder struct {
	old   Seen
	fresh map[Hash]struct{}
}

func newAdder(old Seen) *adder { return &adder{old, map[Hash]struct{}{}} }

func (a *adder) has(h Hash) bool {
	_, ok := a.fresh[h]
	return ok || a.old.Has(h)
}

func (a *adder) add(h Hash) { a.fresh[h] = struct{}{} }

// run returns what was added, as a sorted run.
func (a *adder) run() []byte {
	if len(a.fresh) == 0 {
		return nil
	}
	sorted := make([]Hash, 0, len(a.fresh))
	for h := range a.fresh {
		sorted = append(sorted, h)
	}
	slices.SortFunc(sorted, func(x, y Hash) int { return bytes.Compare(x[:], y[:]) })
	out := make([]byte, 0, len(sorted)*hashSize)
	for _, h := range sorted {
		out = append(out, h[:]...)
	}
	return out
}
