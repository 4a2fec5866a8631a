package workers_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"
)

const (
	// together is how many children live at a time. They wait for the disk and for leases more than they work.
	together = 6
	// shortLease is how long a killed child's jobs stay away when the next one keeps its queue; long enough that a
	// busy machine renews it.
	shortLease = 4 * time.Second
	// keepQueue says which restarts keep the queue: one of so many, since each waits for the leases.
	keepQueue = 12
)

// TestKill kills processes at every kind of write, right before it or right after, and starts the same command again.
func TestKill(t *testing.T) {
	withoutRace(t)
	t.Parallel()
	w := newWorld(t)
	var running sync.WaitGroup
	free := make(chan struct{}, together)
	for i, c := range w.classes {
		for j, after := range []bool{false, true} {
			free <- struct{}{}
			running.Go(func() {
				defer func() { <-free }()
				p := point{Class: c, After: after}
				keep := (2*i+j)%keepQueue == 0
				t.Run(p.String(), func(t *testing.T) { w.kill(t, "kill-"+strconv.Itoa(2*i+j), p, keep) })
			})
		}
	}
	running.Wait()
}

// kill is one child that kills itself at a point, and another that ends its run.
func (w *world) kill(t *testing.T, contact string, at point, keep bool) {
	// What is in a queue that the next process does not see cannot matter: it may as well be in memory, which costs less.
	o := order{Dir: t.TempDir(), Spec: w.spec(contact), Workers: 1, Point: at, Lease: shortLease, Memory: !keep}
	if _, wait := o.start(t); !wait() {
		t.Fatal("it lived: no such write")
	}
	o.Point = point{}
	o.finish(t)
	w.check(t, openLocal(t, o.Dir), contact, w.inFlight(), 2)
}

// TestKillAtRandom kills processes at random moments, until it has killed twenty.
func TestKillAtRandom(t *testing.T) {
	withoutRace(t)
	t.Parallel()
	w := newWorld(t)
	r := newRandom(t)
	o := order{Dir: t.TempDir(), Spec: w.spec("alive"), Workers: 1, Lease: shortLease}
	began := time.Now()
	o.finish(t)
	span := time.Since(began)
	w.check(t, openLocal(t, o.Dir), "alive", 0, 1)
	killRuns(t, r, span, func(contact string) order {
		return order{Dir: filepath.Join(t.TempDir(), contact), Spec: w.spec(contact), Workers: 1, Lease: shortLease, Forget: true}
	}, func(o order, contact string, kills int) {
		w.check(t, openLocal(t, o.Dir), contact, kills*w.inFlight(), kills+1)
	})
}

// killsAtRandom is how often the random tests kill.
const killsAtRandom = 20

// killRuns makes runs and kills their processes until it has killed enough, and has each run checked when it is done.
func killRuns(t *testing.T, r *rand.Rand, span time.Duration, begin func(contact string) order, check func(o order, contact string, kills int)) {
	t.Helper()
	for kills, n := 0, 0; kills < killsAtRandom; n++ {
		contact := fmt.Sprintf("random-%d", n)
		o := begin(contact)
		killed := killUntilDone(t, o, r, &span, killsAtRandom-kills)
		check(o, contact, killed)
		kills += killed
	}
}

// newRandom prints its seed.
func newRandom(t *testing.T) *rand.Rand {
	t.Helper()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// killUntilDone starts children on one run until it is done, and kills each of the first most of them within the span.
// A child that outruns its killer shortens the span: the machine was busier when it was measured.
func killUntilDone(t *testing.T, o order, r *rand.Rand, span *time.Duration, most int) (kills int) {
	t.Helper()
	for kills < most {
		kill, wait := o.start(t)
		timer := time.AfterFunc(time.Duration(r.Int64N(int64(*span))), kill)
		killed := wait()
		timer.Stop()
		if !killed {
			*span = *span*2/3 + time.Millisecond
			return kills
		}
		kills++
	}
	o.finish(t)
	return kills
}
