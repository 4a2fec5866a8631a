// Package mem is the cluster of one process: its job queue (Queue), what else its processes share (Medium), and the fake
// of every test that needs one of them.
//
// It keeps every promise of package cluster but dies with its process. It has no goroutines: leases and delays are
// looked at when somebody pulls, and a waiting Pull sleeps until the next of them is due. So it runs on fake time
// under testing/synctest. Jobs are kept encoded, as on the wire. Config.Fault makes any operation fail.
package mem

import (
	"context"
	"slices"
	"sync"
	"time"

	"pairmill/cluster"
	"pairmill/schemas"
)

// Op names an operation, for Config.Fault.
type Op string

// The operations that can be made to fail.
const (
	OpPush   Op = "push" // asked once for each job
	OpAck    Op = "ack"
	OpRetry  Op = "retry"
	OpReturn Op = "return"
	OpReject Op = "reject"
	OpExtend Op = "extend"
)

// Config configures a Queue; the zero value works.
type Config struct {
	// Lease is how long a pulled job stays with its puller without Extend; 60 s by default. Then the next Pull gets it.
	Lease time.Duration

	// Fault, when set, is asked before an operation changes anything; the operation then fails with its error. It is
	// called without locks held, by many goroutines at once.
	Fault func(Op, schemas.Job) error
}

func (c Config) withDefaults() Config {
	if c.Lease <= 0 {
		c.Lease = time.Minute // as cluster/nats
	}
	if c.Fault == nil {
		c.Fault = func(Op, schemas.Job) error { return nil }
	}
	return c
}

// Queue is a cluster.Queue in memory.
type Queue struct {
	cfg Config

	mu      sync.Mutex // guards what follows, and every entry
	stages  map[schemas.Stage]*lane
	shares  map[string]cluster.Share // of the runs that were steered
	serial  uint64
	closed  bool
	changed chan struct{}        // closed and replaced when a waiting Pull should look again
	dead    []cluster.DeadLetter // oldest first
}

var (
	_ cluster.Queue            = (*Queue)(nil)
	_ cluster.Adder            = (*Queue)(nil)
	_ cluster.DeadLetterLister = (*Queue)(nil)
	_ cluster.Steering         = (*Queue)(nil)
)

// New makes an empty queue.
func New(cfg Config) *Queue {
	return &Queue{
		cfg:     cfg.withDefaults(),
		stages:  map[schemas.Stage]*lane{},
		shares:  map[string]cluster.Share{},
		changed: make(chan struct{}),
	}
}

// Push adds the jobs that are not queued or in work.
func (q *Queue) Push(ctx context.Context, jobs ...schemas.Job) error {
	_, err := q.Add(ctx, jobs...)
	return err
}

// Add is Push, and returns what was added.
func (q *Queue) Add(ctx context.Context, jobs ...schemas.Job) (added []schemas.Job, err error) {
	bodies := make([][]byte, len(jobs))
	for i, j := range jobs {
		if bodies[i], err = cluster.Encode(j); err != nil {
			return nil, err
		}
	}
	for i, j := range jobs {
		if err := q.cfg.Fault(OpPush, j); err != nil {
			return nil, err
		}
		ok, err := q.add(ctx, name{j.Run, j.Stage(), j.ID()}, bodies[i])
		if err != nil {
			return nil, err
		}
		if ok {
			added = append(added, j)
		}
	}
	return added, nil
}

// Inject queues a raw message under a name, as a foreign program could; tests use it.
func (q *Queue) Inject(ctx context.Context, run string, stage schemas.Stage, id string, body []byte) error {
	_, err := q.add(ctx, name{run, stage, id}, slices.Clone(body))
	return err
}

// add queues a message unless there is one of its name.
func (q *Queue) add(ctx context.Context, n name, body []byte) (added bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false, cluster.ErrClosed
	}
	l := q.lane(n.stage)
	if l.byName[n] != nil {
		return false, nil
	}
	q.serial++
	l.insert(&entry{name: n, body: body, serial: q.serial})
	q.wake()
	return true, nil
}

// Pending counts the jobs of a run and stage that are queued or in work.
func (q *Queue) Pending(ctx context.Context, run string, stage schemas.Stage) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return 0, cluster.ErrClosed
	}
	n := 0
	for e := range q.lane(stage).byName {
		if e.run == run {
			n++
		}
	}
	return n, nil
}

// Close ends every Pull. It returns nil, also when called again.
func (q *Queue) Close() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.closed {
		q.closed = true
		q.wake()
	}
	return nil
}

// wake makes every waiting Pull look again. The caller holds mu.
func (q *Queue) wake() {
	close(q.changed)
	q.changed = make(chan struct{})
}

// lane returns a stage's lane. The caller holds mu.
func (q *Queue) lane(s schemas.Stage) *lane {
	l := q.stages[s]
	if l == nil {
		l = newLane()
		q.stages[s] = l
	}
	return l
}
