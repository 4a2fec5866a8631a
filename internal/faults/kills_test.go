package faults

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	// killLanes is how many clusters are under fire at a time. They wait for leases and locks more than they work.
	killLanes = 3
	// killsOfRun is how many kills one run takes at most: a job of which five workers die is given up, as it should be.
	killsOfRun = 12
	// killWithin is the longest time between two of them.
	killWithin = 3 * time.Second
)

// kills is how many there are still to be, and what has become of the others.
type kills struct {
	mu              sync.Mutex // guards what follows
	left            int
	workers, planes int
	runs            int
}

// take reserves kills for a run.
func (k *kills) take() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	n := min(k.left, killsOfRun)
	k.left -= n
	return n
}

// giveBack returns those that a run has outlived, and counts the run.
func (k *kills) giveBack(n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.left += n
	k.runs++
}

// count counts one.
func (k *kills) count(worker bool) (serial int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if worker {
		k.workers++
	} else {
		k.planes++
	}
	return k.workers + k.planes
}

// TestRandomKills kills workers and control planes at random moments until it has killed as many as it should, over as many
// runs as it takes; what was killed is started again at once. Each run must end as if nobody had been killed.
func TestRandomKills(t *testing.T) {
	binary(t)
	total, seed := number(t, "PAIRMILL_KILLS", 300), seed(t)
	t.Logf("%d kills, seed %d (PAIRMILL_KILLS, PAIRMILL_SEED)", total, seed)
	w := newWeb(t, webConfig{Hosts: 6, Pages: 7, Pictures: 5, Slow: 20 * time.Millisecond})
	list := w.list(t)
	specs := []struct {
		name string
		spec func(contact string) string
		ref  reference
	}{
		{name: "crawl", spec: w.crawlSpec},
		{name: "list", spec: func(contact string) string { return listSpec(list, contact) }},
	}
	for i, s := range specs {
		contact := "undisturbed-" + s.name
		specs[i].ref = w.undisturbed(t, s.spec(contact), contact)
	}
	k := &kills{left: total}
	began := time.Now()
	var lanes sync.WaitGroup
	for lane := range min(killLanes, (total+killsOfRun-1)/killsOfRun) {
		lanes.Go(func() {
			t.Run(fmt.Sprintf("cluster-%d", lane), func(t *testing.T) {
				random := rand.New(rand.NewPCG(seed, uint64(lane)))
				r := newRig(t, rigConfig{S3: lane%2 == 0, Planes: 2, Workers: 4})
				for n := 0; !t.Failed(); n++ {
					budget := k.take()
					if budget == 0 {
						break
					}
					s := specs[n%len(specs)]
					killed := r.underFire(w, k, random, fmt.Sprintf("%s-%d-%d", s.name, lane, n), s.spec, s.ref, budget)
					k.giveBack(budget - killed)
				}
				r.verify("")
				for _, p := range append(r.planes[:len(r.planes):len(r.planes)], r.workers...) {
					for _, fell := range p.falls() {
						t.Errorf("%s ended by itself: %s", p.name, fell)
					}
				}
			})
		})
	}
	lanes.Wait()
	if k.workers+k.planes != total && !t.Failed() {
		t.Errorf("%d kills, want %d", k.workers+k.planes, total)
	}
	t.Logf("%d kills, of %d workers and %d control planes, over %d runs in %v", k.workers+k.planes, k.workers, k.planes, k.runs, since(began))
}

// underFire submits a run and kills processes while it goes on, but so many at most. It returns how many it has killed.
func (r *rig) underFire(w *web, k *kills, random *rand.Rand, run string, spec func(contact string) string, ref reference, most int) (killed int) {
	r.t.Helper()
	began, before, workers := time.Now(), r.workerStarts(), 0
	r.submit(spec(run), run)
	for killed < most {
		time.Sleep(time.Duration(random.Int64N(int64(killWithin))))
		if s, ok := r.status(run); ok && s.State.Over() {
			break
		}
		// Every sixth is a control plane: after each of them, requests to the hosts that it was in charge of pause.
		victim, worker := r.workers[random.IntN(len(r.workers))], true
		if random.IntN(6) == 0 {
			victim, worker = r.planes[random.IntN(len(r.planes))], false
		}
		if !victim.kill() {
			r.t.Errorf("%s had ended by itself", victim.name)
			return killed
		}
		killed++
		if worker {
			workers++
		}
		r.t.Logf("kill %d: %s, %v into %s", k.count(worker), victim.name, since(began), run)
		victim.start()
	}
	s := r.finish(run, 5*time.Minute)
	if s.State != "done" {
		r.t.Errorf("%s is %s: %s", run, s.State, s.Text)
	}
	r.check(w, run, run, ref, bounds{requests: r.wasted(ref, workers), robots: w.cfg.Hosts * (len(r.workers) + r.workerStarts() - before)})
	r.t.Logf("%s is as undisturbed after %d kills and %v", run, killed, since(began))
	return killed
}

// workerStarts is how often workers were started.
func (r *rig) workerStarts() (n int) {
	for _, p := range r.workers {
		n += p.begun()
	}
	return n
}

// seed is what random tests begin with; PAIRMILL_SEED repeats one.
func seed(t *testing.T) uint64 {
	t.Helper()
	text := strings.TrimSpace(os.Getenv("PAIRMILL_SEED"))
	if text == "" {
		return rand.Uint64()
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("PAIRMILL_SEED: %v", err)
	}
	return n
}
