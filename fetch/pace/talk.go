package pace

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"pairmill/cluster"
)

// send says what is new, one question at a time: what comes while one is on its way goes with the next.
func (l *link) send(ctx context.Context) {
	t := time.NewTimer(renewEvery)
	defer t.Stop()
	for failures := 0; ; {
		select {
		case <-l.work:
		case <-t.C:
		case <-ctx.Done():
			l.goodbye()
			return
		}
		q, asked := l.compose()
		if q == nil {
			t.Reset(l.nextRenewal())
			continue
		}
		err := l.exchange(ctx, q, asked, callWithin)
		if err == nil {
			failures = 0
			t.Reset(l.nextRenewal())
			continue
		}
		failures++
		if errors.Is(err, cluster.ErrNobody) {
			l.orphaned()
		}
		l.trouble(ctx, err)
		back := time.NewTimer(retryIn(failures))
		select {
		case <-back.C:
		case <-ctx.Done():
			back.Stop()
		}
		nudge(l.work)
	}
}

// retryIn is 50 ms after the first failure and up to half a second later on: owners change in seconds.
func retryIn(failures int) time.Duration {
	wait := min(100*time.Millisecond<<min(failures-1, 3), 500*time.Millisecond)
	return wait/2 + rand.N(wait/2)
}

// nextRenewal is in how long something must be said again.
func (l *link) nextRenewal() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waits) == 0 && len(l.held) == 0 {
		return time.Hour
	}
	return max(renewEvery-time.Since(l.renewed), time.Millisecond)
}

// compose makes the next question; nil when there is nothing to say.
func (l *link) compose() (*question, time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.prune()
	anything := len(l.waits)+len(l.held)+len(l.ends) > 0
	news := len(l.fresh)+len(l.ends)+len(l.got) > 0
	if !anything && len(l.got) == 0 || l.known && !news && now.Sub(l.renewed) < renewEvery {
		return nil, now
	}
	if !l.known {
		l.begin()
	}
	l.seq++
	q := &question{Client: l.c.cfg.ID, Session: l.session, Seq: l.seq, Full: !l.known, Got: l.confirmed()}
	if q.Full {
		for _, x := range l.held {
			q.Held = append(q.Held, held{x.ticket, x.host})
		}
	}
	for _, e := range l.ends[:min(len(l.ends), maxOps)] {
		d := e.done
		d.Ago = now.Sub(e.at)
		q.Dones = append(q.Dones, d)
	}
	for _, w := range l.fresh[:min(len(l.fresh), maxOps-len(q.Dones))] {
		q.Wants = append(q.Wants, want{w.ticket, w.host, now.Sub(w.asked), w.perHost, w.delay})
		w.said = true
	}
	return q, now
}

func (l *link) confirmed() []uint64 { return slices.Collect(maps.Keys(l.got)) }

// prune drops waits that were withdrawn before they were said. The caller holds the lock.
func (l *link) prune() {
	l.fresh = slices.DeleteFunc(l.fresh, func(w *wait) bool { return l.waits[w.ticket] != w })
}

// begin makes a new session, in which everything is said again. What older answers bring is ignored from now on. The
// caller holds the lock.
func (l *link) begin() {
	l.session++
	if !time.Now().Before(l.until) {
		l.lose()
	}
	clear(l.got)
	l.fresh = l.fresh[:0]
	for _, w := range l.waits {
		w.sent = false
		l.fresh = append(l.fresh, w)
	}
	slices.SortFunc(l.fresh, func(a, b *wait) int { return a.asked.Compare(b.asked) })
	if l.stop != nil {
		l.stop()
	}
}

// exchange asks a question and takes the answer in.
func (l *link) exchange(ctx context.Context, q *question, asked time.Time, within time.Duration) error {
	body, err := json.Marshal(q)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	body, err = l.c.calls.Call(ctx, l.name, body)
	if err != nil {
		return err
	}
	a, err := decode[answer](body)
	if err != nil {
		return err
	}
	l.take(q, a, asked)
	return nil
}

// orphaned ends the question that poll has at an owner who is gone.
func (l *link) orphaned() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stop != nil {
		l.stop()
	}
}

// poll keeps a question at the owner while there is something to wait for.
func (l *link) poll(ctx context.Context) {
	for {
		q, asked, asking, stop := l.composePoll(ctx)
		if q == nil {
			select {
			case <-l.idle:
				continue
			case <-ctx.Done():
				return
			}
		}
		err := l.exchange(asking, q, asked, pollFor+callWithin)
		stopped := asking.Err() != nil // by send, who knows better
		stop()
		if err == nil || stopped && ctx.Err() == nil {
			continue
		}
		back := time.NewTimer(retryIn(1))
		select {
		case <-back.C:
		case <-ctx.Done():
			back.Stop()
			return
		}
	}
}

func (l *link) composePoll(ctx context.Context) (*question, time.Time, context.Context, context.CancelFunc) {
	l.mu.Lock()
	defer l.mu.Unlock()
	waiting := false
	for _, w := range l.waits {
		if waiting = w.sent; waiting {
			break
		}
	}
	if !l.known || !waiting {
		return nil, time.Time{}, nil, nil
	}
	asking, cancel := context.WithCancel(ctx)
	l.stop = cancel
	q := &question{Client: l.c.cfg.ID, Session: l.session, Wait: pollFor, Got: l.confirmed()}
	return q, time.Now(), asking, cancel
}

// goodbye tells what was released, and that nothing is waited for.
func (l *link) goodbye() {
	l.mu.Lock()
	l.lose()
	if l.lapse != nil {
		l.lapse.Stop()
	}
	l.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), callWithin)
	defer cancel()
	for {
		q, asked := l.compose()
		if q == nil || len(q.Dones) == 0 || l.exchange(ctx, q, asked, callWithin) != nil {
			return
		}
	}
}

// trouble logs at most once a minute.
func (l *link) trouble(ctx context.Context, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if ctx.Err() != nil || time.Since(l.told) < time.Minute {
		return
	}
	l.told = time.Now()
	l.c.cfg.Log.Warn("pace: no turns at the hosts of a partition", "partition", l.name, "error", err)
}
