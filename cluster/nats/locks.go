package nats

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	jitter "math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	natsio "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"pairmill/cluster"
	"pairmill/schemas"
)

const (
	lockRenew  = 1500 * time.Millisecond // so that a renewal may take 4.5 s before the margin begins
	lockTry    = time.Second             // for one request: a server that is lost costs one of them
	lockPoll   = 500 * time.Millisecond  // how often a name that is held is asked for
	lockHolder = "Pairmill-Holder"       // header: which call of Lock wrote this
)

// lock is a held name: a key whose value has a time to live, which keep renews as long as the key's last revision is ours.
type lock struct {
	q      *Queue
	name   string
	value  string
	holder string // tells our writes from those of others of the same value
	epoch  uint64

	sent     atomic.Pointer[time.Time] // when the last write that succeeded was sent
	revision uint64                    // of the key; keep's own
	bucket   jetstream.Stream          // nil until it was found

	lost   chan struct{}
	unlock chan struct{} // closed by Unlock
	once   sync.Once
	gone   chan error // what giving it back came to; has one value when lost is closed
}

// Lock takes a name as soon as it is free.
func (m *Medium) Lock(ctx context.Context, name, value string) (cluster.Lock, error) {
	if !schemas.ValidName(name) {
		return nil, fmt.Errorf("lock %q: want 1 to 64 of a-z, 0-9 and inner hyphens", name)
	}
	if len(value) > cluster.MaxLockValue {
		return nil, fmt.Errorf("lock %s: a value of %d bytes: the limit is %d", name, len(value), cluster.MaxLockValue)
	}
	life, done, err := m.q.begin(context.WithoutCancel(ctx))
	if err != nil {
		return nil, err
	}
	l := &lock{
		q: m.q, name: name, value: value, holder: rand.Text(),
		lost: make(chan struct{}), unlock: make(chan struct{}), gone: make(chan error, 1),
	}
	if err := l.wait(ctx, life); err != nil {
		done()
		return nil, err
	}
	go func() {
		defer done()
		l.keep(life)
	}()
	return l, nil
}

// wait asks for the name until it is ours.
func (l *lock) wait(ctx, life context.Context) error {
	asking, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(life, func() { cancel(cluster.ErrClosed) })()
	for failures := 0; ; {
		err := l.take(asking)
		if err == nil {
			l.epoch = l.revision
			return nil
		}
		if asking.Err() == nil && !errors.Is(err, errHeld) {
			if !passing(err) {
				return fmt.Errorf("lock %s: %w", l.name, err)
			}
			failures++
			l.q.grumble(failures, fmt.Errorf("lock %s: %w", l.name, err))
			if unanswered(err) && failures%stuckAfter == 0 && l.q.nc.IsConnected() {
				l.q.mend() // nobody may lead, and have it mended
			}
		}
		poll := time.NewTimer(lockPoll/2 + jitter.N(lockPoll))
		select {
		case <-asking.Done():
			poll.Stop()
			l.regret()
			return context.Cause(asking)
		case <-poll.C:
		}
	}
}

var errHeld = errors.New("another holds it")

// take tries once to have the name. What an earlier try wrote whose answer was lost is ours already.
func (l *lock) take(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, l.q.cfg.Timeout)
	defer cancel()
	return l.q.making(ctx, func(ctx context.Context) error {
		last, err := l.last(ctx)
		switch {
		case err != nil:
			return err
		case last == nil:
			return l.write(ctx, 0)
		case deleted(last.Header), last.Header.Get(lockHolder) == l.holder:
			return l.write(ctx, last.Sequence)
		}
		return errHeld
	})
}

// last reads the key's last revision; nil when there is none.
func (l *lock) last(ctx context.Context) (*jetstream.RawStreamMsg, error) {
	if l.bucket == nil {
		var err error
		if l.bucket, err = l.q.js.Stream(ctx, "KV_"+lockBucket); err != nil {
			l.bucket = nil
			return nil, err
		}
	}
	last, err := l.bucket.GetLastMsgForSubject(ctx, key(lockBucket, l.name))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, nil
	}
	return last, err
}

// write makes the key ours for LockTTL from when the server stores it, which is not before we send it.
func (l *lock) write(ctx context.Context, after uint64) error {
	msg := &natsio.Msg{Subject: key(lockBucket, l.name), Data: []byte(l.value), Header: natsio.Header{lockHolder: {l.holder}}}
	sent := time.Now()
	revision, err := l.q.store(ctx, msg, jetstream.WithExpectLastSequencePerSubject(after), jetstream.WithMsgTTL(cluster.LockTTL))
	if outrun(err) {
		return errHeld
	}
	if err == nil {
		l.revision = revision
		l.sent.Store(&sent)
	}
	return err
}

// left is how long the lock is surely held, less the margin.
func (l *lock) left() time.Duration {
	return cluster.LockTTL - cluster.LockMargin - time.Since(*l.sent.Load())
}

// keep renews the lock until it is given back or lost.
func (l *lock) keep(life context.Context) {
	defer close(l.lost)
	next := lockRenew
	for {
		t := time.NewTimer(max(min(next, l.left()), 0))
		select {
		case <-t.C:
		case <-l.unlock:
			t.Stop()
			l.gone <- l.giveBack()
			return
		case <-life.Done():
			t.Stop()
			l.gone <- l.giveBack()
			return
		}
		if l.left() <= 0 {
			l.gone <- nil
			l.q.log.warn("nats", fmt.Errorf("lock %s: not renewed in %v: given up", l.name, cluster.LockTTL-cluster.LockMargin))
			return
		}
		switch err := l.renew(life); {
		case err == nil:
			next = lockRenew - time.Since(*l.sent.Load())
		case errors.Is(err, errHeld):
			l.gone <- nil
			l.q.log.warn("nats", fmt.Errorf("lock %s: %w", l.name, err))
			return
		case life.Err() == nil:
			l.q.log.warn("nats", fmt.Errorf("renew lock %s: %w", l.name, err))
			next = lockRenew / 6
		}
	}
}

// renew writes the key anew. It returns errHeld when the key has another revision than ours, or none.
func (l *lock) renew(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, min(lockTry, l.left()))
	defer cancel()
	err := l.write(ctx, l.revision)
	if !errors.Is(err, errHeld) && !missing(err) {
		return err
	}
	// A renewal whose answer was lost has moved the key; and a server that has lost its disk has no key.
	last, read := l.last(ctx)
	switch {
	case errors.Is(read, jetstream.ErrStreamNotFound), read == nil && last == nil:
		return fmt.Errorf("%w, or the server has lost it", errHeld)
	case read != nil:
		return read
	case last.Header.Get(lockHolder) != l.holder || deleted(last.Header):
		return errHeld
	}
	l.revision = last.Sequence
	return l.write(ctx, l.revision)
}

// giveBack ends the key, unless it is another's by now.
func (l *lock) giveBack() error {
	ctx, cancel := context.WithTimeout(context.Background(), lockTry)
	defer cancel()
	msg := &natsio.Msg{Subject: key(lockBucket, l.name), Header: natsio.Header{"KV-Operation": {"DEL"}}}
	_, err := l.q.store(ctx, msg, jetstream.WithExpectLastSequencePerSubject(l.revision))
	if outrun(err) || missing(err) {
		err = nil
	}
	if err != nil {
		return fmt.Errorf("unlock %s, which is free in %v: %w", l.name, cluster.LockTTL, err)
	}
	return nil
}

// regret ends a key that a try may have written whose answer nobody waited for.
func (l *lock) regret() {
	ctx, cancel := context.WithTimeout(context.Background(), lockTry)
	defer cancel()
	last, err := l.last(ctx)
	if err == nil && last != nil && last.Header.Get(lockHolder) == l.holder {
		l.revision = last.Sequence
		err = l.giveBack()
	}
	if err != nil && !missing(err) {
		l.q.log.warn("nats", fmt.Errorf("lock %s, which nobody waits for any more: %w", l.name, err))
	}
}

func (l *lock) Lost() <-chan struct{} { return l.lost }
func (l *lock) Epoch() uint64         { return l.epoch }

// Held tells whether the lock is held for cluster.LockMargin at least.
func (l *lock) Held() bool {
	select {
	case <-l.lost:
		return false
	case <-l.unlock:
		return false
	default:
		return l.left() > 0
	}
}

// Unlock gives the name back.
func (l *lock) Unlock(ctx context.Context) error {
	l.once.Do(func() { close(l.unlock) })
	select {
	case <-l.lost:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case err := <-l.gone:
		return err
	default:
		return nil
	}
}

// Holder returns the value of a name's holder.
func (m *Medium) Holder(ctx context.Context, name string) (string, bool, error) {
	ctx, done, err := m.q.begin(ctx)
	if err != nil {
		return "", false, err
	}
	defer done()
	l := &lock{q: m.q, name: name}
	var last *jetstream.RawStreamMsg
	err = m.q.persist(ctx, "look for the holder of lock "+strconv.Quote(name), func(ctx context.Context) (err error) {
		last, err = l.last(ctx)
		return m.q.absent(ctx, "KV_"+lockBucket, err)
	})
	if err != nil || last == nil || deleted(last.Header) {
		return "", false, err
	}
	return string(last.Data), true, nil
}
