package nats

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	natsio "github.com/nats-io/nats.go"

	"pairmill/cluster/turns"
	"pairmill/schemas"
)

// dispatcher asks the server for a stage's jobs on behalf of the Pulls of this process, and gives each what comes. Runs
// that may have jobs are asked one after the other, in weighted turns, by requests that do not wait, never more of them
// at a time than Pulls wait. When none has any, every run is asked by a request that waits at the server: that is a
// round. A round may bring more jobs than Pulls are left; those go back at once, uncounted.
type dispatcher struct {
	q     *Queue
	stage schemas.Stage
	poke  chan struct{} // full when there is something to look at

	mu      sync.Mutex // guards what follows
	waiting []*waiter  // Pulls, the longest waiting first
	arrived []arrival
	nudged  map[string]bool // runs that may have jobs again, as this process knows
	again   bool            // the connection was lost and found: whatever was asked is forgotten

	// What follows is the loop's own.
	turns    turns.Turns
	lines    map[string]*line // by run
	version  uint64           // of the runs that lines reflect
	inbox    string
	asks     *natsio.Subscription
	round    *round
	fading   *round       // that was ended a moment ago
	given    time.Time    // when a Pull last got a job
	probes   int          // requests to runs that had nothing, since the last job
	failures int          // of sending, in a row
	down     time.Time    // nothing is sent until then
	looks    atomic.Int64 // counts what the loop does, for a test that it does nothing
	draining sync.WaitGroup
	backing  sync.WaitGroup
}

// waiter is a Pull that waits; it gets at most one message.
type waiter struct{ got chan *natsio.Msg }

// arrival is what the server sent, for a request of a round or, when that is nil, for one that does not wait.
type arrival struct {
	msg   *natsio.Msg
	round *round
}

// longest is how long the loop sleeps when nothing is to be done at a certain time.
const longest = time.Hour

func newDispatcher(q *Queue, s schemas.Stage) *dispatcher {
	d := &dispatcher{
		q: q, stage: s, inbox: q.nc.NewInbox() + ".",
		poke: make(chan struct{}, 1), nudged: map[string]bool{}, lines: map[string]*line{},
	}
	q.runs.watch(d.poke)
	return d
}

// next waits for a message. A Pull whose context ends leaves; if it was given one at that moment, it gets that.
func (d *dispatcher) next(ctx context.Context) (*natsio.Msg, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	w := &waiter{got: make(chan *natsio.Msg, 1)}
	d.mu.Lock()
	d.waiting = append(d.waiting, w)
	d.mu.Unlock()
	d.wake()
	select {
	case m := <-w.got:
		return m, nil
	case <-ctx.Done():
	}
	if d.leave(w) {
		return nil, ctx.Err()
	}
	return <-w.got, nil
}

// leave takes a Pull off the list; false when it was given a message.
func (d *dispatcher) leave(w *waiter) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range d.waiting {
		if d.waiting[i] == w {
			d.waiting = append(d.waiting[:i], d.waiting[i+1:]...)
			d.wake()
			return true
		}
	}
	return false
}

// give hands a message to the longest waiting Pull; false when none waits.
func (d *dispatcher) give(msg *natsio.Msg) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.waiting) == 0 {
		return false
	}
	d.waiting[0].got <- msg
	d.waiting = d.waiting[1:]
	return true
}

// wake makes the loop look.
func (d *dispatcher) wake() {
	select {
	case d.poke <- struct{}{}:
	default:
	}
}

// nudge says that a run may have jobs.
func (d *dispatcher) nudge(run string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.nudged[run] = true
	if len(d.waiting) > 0 {
		d.wake()
	}
}

// reconnected says that the server may have forgotten what it was asked.
func (d *dispatcher) reconnected() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.again = true
	d.wake()
}

// run works until ctx ends, and hands back what comes too late.
func (d *dispatcher) run(ctx context.Context) {
	for ctx.Err() == nil {
		d.looks.Add(1)
		t := time.NewTimer(time.Until(d.look(time.Now())))
		select {
		case <-ctx.Done():
		case <-d.poke:
		case <-t.C:
		}
		t.Stop()
	}
	d.stop()
}

// look does what is to be done now, and returns when to look again if nothing happens.
func (d *dispatcher) look(now time.Time) time.Time {
	free := d.catchUp(now)
	if d.fading != nil && !now.Before(d.fading.ends) {
		d.withdraw()
	}
	switch {
	case free > 0:
	case now.Sub(d.given) < linger:
		d.endRound(now)
		return d.due(now)
	default: // the Pulls have left
		d.cutRound(now)
		return d.due(now)
	}
	if now.Before(d.down) {
		return d.down
	}
	if d.round == nil {
		for d.asked() < free && d.askNext(now) {
		}
	}
	if d.asked() == 0 && !now.Before(d.down) {
		d.pollAll(now)
	}
	return d.due(now)
}

// catchUp takes in what has happened since the last look, and returns how many Pulls wait.
func (d *dispatcher) catchUp(now time.Time) int {
	d.mu.Lock()
	arrived, nudged, again := d.arrived, d.nudged, d.again
	d.arrived, d.nudged, d.again = nil, map[string]bool{}, false
	d.mu.Unlock()

	d.takeRuns(now)
	if again {
		d.startOver(now)
	}
	for run := range nudged {
		if l := d.lines[run]; l != nil {
			l.heat()
		}
	}
	for _, a := range arrived {
		d.receive(a, now)
	}
	d.expire(now)

	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.waiting)
}

// takeRuns brings the lines up to what is known of the runs.
func (d *dispatcher) takeRuns(now time.Time) {
	version, there := d.q.runs.live(d.version)
	if version == d.version {
		return
	}
	d.version = version
	for run := range d.lines {
		k, ok := there[run]
		if (!ok || k.share.Paused) && (d.round.has(run) || d.fading.has(run)) {
			d.cutRound(now)
		}
		if !ok {
			delete(d.lines, run)
			d.turns.Forget(run)
		}
	}
	for run, k := range there {
		l := d.lines[run]
		if l == nil {
			l = &line{}
			d.lines[run] = l
		}
		if l.revision != k.revision { // also when it was made anew
			l.share, l.revision = k.share, k.revision
			l.heat()
		}
	}
}

// startOver forgets what was asked.
func (d *dispatcher) startOver(now time.Time) {
	d.cutRound(now)
	d.failures, d.down = 0, time.Time{}
	for _, l := range d.lines {
		l.asked = nil
		l.heat()
	}
}

// receive takes one answer of the server.
func (d *dispatcher) receive(a arrival, now time.Time) {
	d.failures = 0
	run, left, err := answer(a.msg)
	l := d.lines[run]
	if l == nil {
		if err == nil {
			d.handBack(a.msg) // of a run that was dropped
		}
		return
	}
	if a.round == nil && len(l.asked) > 0 {
		l.asked = l.asked[1:]
	} else if a.round != nil {
		delete(a.round.polled, run)
	}
	switch {
	case errors.Is(err, errNothing):
		if a.round == nil {
			d.turns.Undo(run)
			l.cool(now)
		}
	case err != nil:
		if a.round == nil {
			d.turns.Undo(run)
		}
		if a.round == nil || a.round == d.round || a.round == d.fading {
			d.fail(run, l, err, now)
		}
	case l.share.Paused || !d.give(a.msg):
		d.handBack(a.msg)
		l.heat()
	default:
		d.given, d.probes = now, 0
		if left == 0 {
			l.rest = 0
			l.cool(now)
			break
		}
		l.heat()
		if a.round == d.round {
			d.endRound(now) // there is something to share out
		}
	}
}

// expire gives up requests that were not answered in time.
func (d *dispatcher) expire(now time.Time) {
	for run, l := range d.lines {
		late := len(l.asked) > 0 && now.After(l.asked[0])
		if late {
			l.asked = nil
			d.turns.Undo(run)
		}
		if d.round.has(run) && now.After(d.round.polled[run]) {
			late = true
			delete(d.round.polled, run)
		}
		if late {
			d.fail(run, l, errNoAnswer, now)
		}
	}
}

// due is when there is something to do even if nothing happens.
func (d *dispatcher) due(now time.Time) time.Time {
	due := now.Add(longest)
	sooner := func(t time.Time) {
		if t.After(now) && t.Before(due) {
			due = t
		}
	}
	sooner(d.down)
	if d.fading != nil {
		sooner(d.fading.ends)
	}
	for run, l := range d.lines {
		if len(l.asked) > 0 {
			sooner(l.asked[0].Add(time.Millisecond))
		}
		if d.round.has(run) {
			sooner(d.round.polled[run].Add(time.Millisecond))
		} else if l.failures > 0 {
			sooner(l.until)
		}
	}
	return due
}

// handBack returns a job that no Pull waits for.
func (d *dispatcher) handBack(msg *natsio.Msg) {
	d.backing.Go(func() {
		ctx := context.Background() // each request has its own limit
		dv, err := d.q.accept(ctx, d.stage, msg)
		if dv != nil {
			err = d.q.once(ctx, dv.giveBack)
		}
		if err != nil && !missing(err) {
			d.q.log.warn("nats", err)
		}
	})
}

// stop ends the requests and waits until what the server has sent for them is handed back.
func (d *dispatcher) stop() {
	d.cutRound(time.Now())
	d.drain(d.asks)
	if d.q.nc.IsConnected() { // otherwise nothing can be handed back
		drained := make(chan struct{})
		go func() {
			d.draining.Wait()
			close(drained)
		}()
		select {
		case <-drained:
		case <-time.After(pollSlack):
		}
	}
	d.mu.Lock()
	arrived := d.arrived
	d.arrived = nil
	d.mu.Unlock()
	for _, a := range arrived {
		if _, _, err := answer(a.msg); err == nil {
			d.handBack(a.msg)
		}
	}
	d.backing.Wait()
}
