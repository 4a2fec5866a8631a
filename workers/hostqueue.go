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

	mu         sync.Mutex // guards what follows
	rows       [][]int
	left       int64 // URLs without an answer
	answered   int64
	each, wire time.Duration // what an answer took of late, with its waits for the host and on the wire alone
}

// ofLate is over how many answers the mean is taken: a host's pace changes, as when another shard is done with it.
const ofLate = 8

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

// settle notes an answer.
func (q *queue) settle(r fetch.Response) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.left--
	q.answered++
	n := time.Duration(min(q.answered, ofLate))
	q.wire += (r.Took - q.wire) / n
	q.each += (r.Took + r.Waited - q.each) / n
}

// skip notes a URL that needs no answer.
func (q *queue) skip() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.left--
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
