package workers

import (
	"slices"
	"sync"
	"time"

	"pairmill/fetch"
	"pairmill/schemas"
)

// queue hands out a host's URLs; each stands for all rows that want it.
type queue struct {
	host string

	mu          sync.Mutex // guards what follows
	rows        [][]int
	begun       bool
	left        int64 // URLs without an answer
	answered    int64
	spent, wire time.Duration // on the answers, with waits and without
}

func (q *queue) len() int { return len(q.rows) }

func (q *queue) next() (rows []int, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.rows) == 0 {
		return nil, false
	}
	rows, q.rows = q.rows[0], q.rows[1:]
	return rows, true
}

// begin tells whether a visit is the first.
func (q *queue) begin() (first bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	first, q.begun = !q.begun, true
	return first
}

// settle notes an answer.
func (q *queue) settle(r fetch.Response) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.left--
	q.answered++
	q.wire += r.Took
	q.spent += r.Took + r.Waited
}

// byHost settles the rows that need no request and groups the others by host, in the order of the part.
func (f *fetching) byHost() []*queue {
	var hosts []*queue
	byHost, byURL := map[string]*queue{}, map[string]int{}
	for i, c := range f.candidates {
		f.done[i].row = rowOf(c)
		if reason, detail := f.run.beforeRequest(&f.done[i].row, c); reason != schemas.Kept {
			f.drop(i, reason, detail)
			continue
		}
		key := fetch.HostKey(c.URL)
		q, ok := byHost[key]
		if !ok {
			q = &queue{host: key}
			f.unvisited.Add(1)
			byHost[key] = q
			hosts = append(hosts, q)
		}
		if at, ok := byURL[c.URL]; ok {
			q.rows[at] = append(q.rows[at], i)
			continue
		}
		byURL[c.URL] = len(q.rows)
		q.rows = append(q.rows, []int{i})
		q.left++
		f.left.Add(1)
	}
	// The hosts with most rows take longest: they begin first.
	slices.SortStableFunc(hosts, func(a, b *queue) int { return b.len() - a.len() })
	return hosts
}
