package nats

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	natsio "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"pairmill/cluster"
	"pairmill/schemas"
)

// Queue is a cluster.Queue on JetStream. It owns its connection.
type Queue struct {
	cfg     Config
	log     *throttle
	nc      *natsio.Conn
	js      jetstream.JetStream
	returns jetstream.KeyValue
	shares  jetstream.KeyValue // of runs
	entries jetstream.Stream   // that holds shares

	replicated bool // the streams are kept by several servers

	silent atomic.Int64 // how often in a row Check had no answer

	runs    *runs
	reread  chan struct{} // full when the bucket of runs is to be read
	idleRun time.Duration // idleAfter; tests wait less
	mending sync.Mutex    // held while what is missing is made again
	room    sync.Mutex    // held while room is made for consumers

	life context.Context // ends, with cause ErrClosed, when Close begins
	end  context.CancelCauseFunc

	mu     sync.Mutex                    // guards closed, stages, and the steps from 0 of active and roles
	closed bool                          //
	stages map[schemas.Stage]*dispatcher // of the stages that were pulled from
	active sync.WaitGroup                // calls under way, which Close waits for
	roles  sync.WaitGroup                // what runs beside them until Close
}

var (
	_ cluster.Queue            = (*Queue)(nil)
	_ cluster.Adder            = (*Queue)(nil)
	_ cluster.DeadLetterLister = (*Queue)(nil)
	_ cluster.Steering         = (*Queue)(nil)
	_ cluster.Mender           = (*Queue)(nil)
	_ cluster.Checker          = (*Queue)(nil)
)

// Open connects and makes the streams that are missing. It fails when the server cannot be reached now; a
// connection that is lost later is found again.
func Open(ctx context.Context, conn Conn, cfg Config) (*Queue, error) {
	cfg = cfg.withDefaults()
	log := &throttle{log: cfg.Log}
	nc, err := conn.dial(ctx, cfg, log)
	if err != nil {
		return nil, err
	}
	js, err := jetstream.New(nc, jetstream.WithDefaultTimeout(cfg.Timeout))
	if err != nil {
		nc.Close()
		return nil, fmt.Errorf("open jetstream at %s: %w", conn.where(), err)
	}
	q := &Queue{
		cfg: cfg, log: log, nc: nc, js: js, idleRun: idleAfter,
		runs: newRuns(), reread: make(chan struct{}, 1), stages: map[schemas.Stage]*dispatcher{},
	}
	q.life, q.end = context.WithCancelCause(context.Background())
	if err := q.start(ctx); err != nil {
		err = fmt.Errorf("nats at %s: %w", conn.where(), q.forbidden(err))
		_ = q.Close()
		return nil, err
	}
	return q, nil
}

// forbidden adds to a failure what the server has said of permissions: to the request itself it gives no answer.
func (q *Queue) forbidden(err error) error {
	if last := q.nc.LastError(); errors.Is(last, natsio.ErrPermissionViolation) {
		return fmt.Errorf("%w: %w", last, err)
	}
	return err
}

// start sets up what a control plane sets up, learns which runs there are, and begins to listen.
func (q *Queue) start(ctx context.Context) error {
	if !q.cfg.Worker {
		if _, err := q.removeDamaged(ctx, true); err != nil {
			q.log.warn("nats", err) // Mend looks again
		}
		if err := q.setUp(ctx); err != nil {
			return err
		}
	}
	if err := q.open(ctx); err != nil {
		if q.cfg.Worker && (errors.Is(err, jetstream.ErrBucketNotFound) || missing(err)) {
			err = fmt.Errorf("nothing has been set up for workers yet: start a control plane (pairmill serve) first: %w", err)
		}
		return err
	}
	if _, err := q.nc.Subscribe(runsNews+"*", q.hear); err != nil {
		return fmt.Errorf("listen to news of runs: %w", err)
	}
	if _, err := q.readRuns(ctx, true); err != nil {
		return fmt.Errorf("read bucket %s: %w", runsBucket, err)
	}
	if !q.cfg.Worker {
		if _, err := q.repairConsumers(ctx); err != nil {
			return err
		}
	}
	q.nc.SetReconnectHandler(func(*natsio.Conn) { q.reconnected() })
	q.roles.Go(func() { q.watchRuns(q.life) })
	return nil
}

// reconnected follows the loss of the connection: news and answers may have been missed.
func (q *Queue) reconnected() {
	q.lookAgain()
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, d := range q.stages {
		d.reconnected()
	}
}

// Pending counts the jobs of a run and stage that are queued or in work. The server lists their names, so this
// costs it more the more there are: ask every few seconds, not for every job.
func (q *Queue) Pending(ctx context.Context, run string, stage schemas.Stage) (int, error) {
	ctx, done, err := q.begin(ctx)
	if err != nil {
		return 0, err
	}
	defer done()
	s, err := q.js.Stream(ctx, streamOf(stage))
	if err != nil {
		return 0, fmt.Errorf("count jobs of stage %s: %w", stage, err)
	}
	if s.CachedInfo().State.Msgs == 0 {
		return 0, nil
	}
	info, err := s.Info(ctx, jetstream.WithSubjectFilter(workSubject(stage, run, "*")))
	if err != nil {
		return 0, fmt.Errorf("count jobs of run %s and stage %s: %w", run, stage, err)
	}
	return len(info.State.Subjects), nil
}

// Close ends every call under way, waits for them, hands back what comes too late, and closes the connection. It returns nil, also when called again.
func (q *Queue) Close() error {
	q.mu.Lock()
	q.closed = true
	q.end(cluster.ErrClosed)
	q.mu.Unlock()
	q.active.Wait()
	q.roles.Wait()
	q.nc.Close()
	return nil
}

// begin registers a call with Close. The context ends when the caller's does, and with cause ErrClosed on Close.
func (q *Queue) begin(ctx context.Context) (context.Context, func(), error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return nil, nil, cluster.ErrClosed
	}
	q.active.Add(1)
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(q.life, func() { cancel(cluster.ErrClosed) })
	return ctx, func() { stop(); cancel(nil); q.active.Done() }, nil
}
