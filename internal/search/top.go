package search

import (
	"cmp"
	"container/heap"
	"slices"
)

// Hit is a sample that was found.
type Hit struct {
	Rank       int     `json:"rank"` // from 1
	Cosine     float64 `json:"cosine"`
	UID        string  `json:"uid"`
	Key        string  `json:"key"`
	Caption    string  `json:"caption"`
	URL        string  `json:"url"`
	Similarity float32 `json:"similarity"` // of the sample's own image and caption
}

// compare orders hits from the nearest. A cosine that is no number comes last.
func compare(a, b Hit) int {
	return cmp.Or(cmp.Compare(b.Cosine, a.Cosine), cmp.Compare(a.Key, b.Key))
}

// top keeps the k best hits; the worst of them is at the root of the heap.
type top struct {
	k    int
	hits []Hit
}

func (t *top) offer(h Hit) {
	switch {
	case len(t.hits) < t.k:
		heap.Push(t, h)
	case t.k > 0 && compare(h, t.hits[0]) < 0:
		t.hits[0] = h
		heap.Fix(t, 0)
	}
}

func (t *top) ranked() []Hit {
	slices.SortFunc(t.hits, compare)
	for i := range t.hits {
		t.hits[i].Rank = i + 1
	}
	return t.hits
}

func (t *top) Len() int           { return len(t.hits) }
func (t *top) Less(i, j int) bool { return compare(t.hits[i], t.hits[j]) > 0 }
func (t *top) Swap(i, j int)      { t.hits[i], t.hits[j] = t.hits[j], t.hits[i] }
func (t *top) Push(x any)         { t.hits = append(t.hits, x.(Hit)) }
func (t *top) Pop() any {
	last := t.hits[len(t.hits)-1]
	t.hits = t.hits[:len(t.hits)-1]
	return last
}
