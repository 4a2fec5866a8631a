package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"pairmill/schemas"
)

const (
	soakRuns   = 10 // the pairs come in so many lists, one after the other
	soakHosts  = 40 // each host's requests begin one by one, so that this many bound the rate
	soakRows   = 50
	soakAnswer = 30 * time.Millisecond
	soakLease  = 20 * time.Second // outlasts an election among NATS servers
	soakMean   = 9 * time.Second  // from one kill to the next, on average
	soakDown   = 10 * time.Second // a NATS server starts again within this
	soakEvery  = 3 * time.Second  // between two looks at all processes
	soakRest   = 45 * time.Second // after the last run: connections that are not used are closed by then
	soakLoad   = 0.4              // of the time that there is, the requests take when nobody is killed
)

// soak is a long run under fire.
type soak struct {
	t       *testing.T
	r       *rig
	w       *web
	seed    uint64
	length  time.Duration
	perHost int // rows of each host in one list
	delay   time.Duration
	began   time.Time

	runs []soakRun

	mu      sync.Mutex // guards what follows
	kills   []soakKill
	samples []sample
	over    map[string]time.Duration // when runs were seen to be over
}

// soakRun is one list.
type soakRun struct {
	name      string
	rows      int
	submitted time.Duration
	requests  int
	published int64
	equal     bool
}

// soakKill is one death.
type soakKill struct {
	at   time.Duration
	what string // worker, control plane or NATS server
}

// What a soak kills.
const (
	killWorker = "worker"
	killPlane  = "control plane"
	killServer = "NATS server"
)

// TestSoak runs lists until they have made so many pairs, on three NATS servers, an S3 server, two control planes and four
// workers, for so many minutes, in which all but the S3 server are killed at random moments, and writes a report. Each run must
// end as if nobody had been killed.
func TestSoak(t *testing.T) {
	binary(t)
	if os.Getenv("PAIRMILL_SOAK_PAIRS") == "" {
		t.Skip("PAIRMILL_SOAK_PAIRS is not set: make soak runs this for 30 minutes")
	}
	pairs, minutes := number(t, "PAIRMILL_SOAK_PAIRS", 0), number(t, "PAIRMILL_SOAK_MINUTES", 30)
	dir := os.Getenv("PAIRMILL_SOAK_DIR")
	if dir == "" {
		dir = t.TempDir()
	}
	s := &soak{t: t, seed: seed(t), length: time.Duration(minutes) * time.Minute, over: map[string]time.Duration{}}
	// Of ten rows of a host, seven are published.
	s.perHost = (pairs + 7*soakRuns*soakHosts - 1) / (7 * soakRuns * soakHosts) * 10
	s.delay = max(time.Duration(soakLoad*float64(s.length))/time.Duration(s.perHost*soakRuns)-soakAnswer, 0).Round(time.Millisecond)
	s.w = newWeb(t, webConfig{Hosts: soakHosts, Pages: 1, Pictures: s.perHost * soakRuns, Slow: soakAnswer, Fresh: true})
	t.Logf("%d pairs of %d candidates in %d lists over %v, a host's requests %v apart; seed %d", s.perHost*soakRuns*soakHosts*7/10,
		s.perHost*soakRuns*soakHosts, soakRuns, s.length, s.delay, s.seed)
	s.r = newRig(t, rigConfig{Servers: 3, S3: true, Planes: 2, Workers: 4, Lease: soakLease})
	s.began = time.Now()
	defer func() { s.report(dir, pairs) }()
	s.fire()
	s.judge()
}

// fire submits the lists at equal intervals, kills and looks, and returns when the time is over and all runs are.
func (s *soak) fire() {
	ctx, stop := context.WithCancel(s.t.Context())
	var background sync.WaitGroup
	defer background.Wait()
	defer stop()
	background.Go(func() { s.killAll(ctx) })
	background.Go(func() { s.watch(ctx) })
	for i := range soakRuns {
		name := fmt.Sprintf("soak-%02d", i)
		time.Sleep(time.Until(s.began.Add(s.length * time.Duration(i) / soakRuns)))
		s.r.submit(s.spec(i, name, s.delay, 1), name)
		s.runs = append(s.runs, soakRun{name: name, rows: s.perHost * soakHosts, submitted: time.Since(s.began)})
	}
	time.Sleep(time.Until(s.began.Add(s.length)))
	for _, run := range s.runs {
		if now := s.r.finish(run.name, 10*time.Minute+s.length/2); now.State != schemas.RunDone {
			s.t.Errorf("%s is %s: %s", run.name, now.State, now.Text)
		}
	}
	s.t.Logf("all runs are over after %v", since(s.began))
	time.Sleep(soakRest) // for looks at what is left
}

// spec takes one of the lists.
func (s *soak) spec(list int, contact string, delay time.Duration, perHost int) string {
	var b strings.Builder
	b.WriteString("url,text\n")
	for n := list * s.perHost; n < (list+1)*s.perHost; n++ {
		for host := range soakHosts {
			fmt.Fprintf(&b, "%s,%s\n", s.w.URL(hostName(host), fmt.Sprintf("/%d.png", n)), caption(host, n))
		}
	}
	text := listSpec(writeFile(s.t, "list.csv", b.String()), contact)
	return strings.NewReplacer(
		"caption: text", "caption: text, order: input", "shard_samples: 40", "shard_samples: 1000", "delay: 0s, per_host: 2",
		fmt.Sprintf("delay: %s, per_host: %d", delay, perHost), fmt.Sprintf("part_rows: %d", partRows), fmt.Sprintf("part_rows: %d", soakRows),
	).Replace(text)
}

// killAll kills one process after the other until the time is over, and starts each again.
func (s *soak) killAll(ctx context.Context) {
	random := rand.New(rand.NewPCG(s.seed, 0))
	for {
		pause := time.Duration(random.ExpFloat64() * float64(soakMean))
		if left := s.length - time.Since(s.began); pause > left {
			return
		}
		if !pass(ctx, pause) {
			return
		}
		switch n := random.IntN(20); {
		case n < 13:
			s.kill(killWorker, s.r.workers[random.IntN(len(s.r.workers))]).start()
		case n < 16:
			s.kill(killPlane, s.r.planes[random.IntN(len(s.r.planes))]).start()
		default:
			// One at a time: a majority stays, or there would be nothing to measure but waiting.
			if !s.whole() {
				continue
			}
			p := s.kill(killServer, s.r.servers[random.IntN(len(s.r.servers))])
			if !pass(ctx, time.Duration(random.Int64N(int64(soakDown)))) {
				p.start()
				return
			}
			p.start()
		}
	}
}

// whole tells whether all NATS servers are there and have everything.
func (s *soak) whole() bool {
	for i := range s.r.servers {
		if !s.r.serving(i) {
			return false
		}
	}
	return true
}

func (s *soak) kill(what string, p *process) *process {
	at := time.Since(s.began)
	if !p.kill() {
		s.t.Logf("%v: %s had ended by itself: %q", at.Round(time.Second), p.name, p.falls())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kills = append(s.kills, soakKill{at, what})
	s.t.Logf("kill %d: %s, after %v", len(s.kills), p.name, at.Round(100*time.Millisecond))
	return p
}

// killed counts deaths.
func (s *soak) killed(what string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.kills {
		if k.what == what {
			n++
		}
	}
	return n
}

// pass waits; it is false when ctx ends first.
func pass(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// judge holds each run against one that nobody disturbs.
func (s *soak) judge() {
	r := s.r
	for _, p := range append(r.planes[:len(r.planes):len(r.planes)], r.workers...) {
		for _, fell := range p.falls() {
			s.t.Errorf("%s ended by itself: %s", p.name, fell)
		}
	}
	kills := s.killed(killWorker) + s.killed(killServer)*len(r.workers) // while there is an election, leases may end
	waste := bounds{requests: kills * r.cfg.Concurrency * soakRows, robots: (len(r.workers) + s.killed(killWorker)) * soakHosts}
	total, most := 0, 0
	s.w.pace(0)
	for i := range s.runs {
		run := &s.runs[i]
		alone := "alone-" + run.name
		ref := s.w.undisturbed(s.t, s.spec(i, alone, 0, 4), alone)
		failed := s.t.Failed()
		r.check(s.w, run.name, run.name, ref, waste)
		run.requests, _ = s.w.From(run.name + "@faults.test")
		run.published = ref.summary.Rows
		run.equal = failed == s.t.Failed()
		total += run.requests
		most += ref.requests
	}
	if most += waste.requests; total > most {
		s.t.Errorf("%d requests over all runs, want at most %d", total, most)
	}
	r.verify("")
}

// serving tells whether a NATS server is there, and has all that it should have.
func (r *rig) serving(server int) bool { return answers("http://" + r.monitors[server] + "/healthz") }
