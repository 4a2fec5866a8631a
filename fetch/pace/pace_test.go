package pace

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pairmill/cluster/mem"
	"pairmill/fetch"
)

// inCluster runs a test in a bubble, with one control plane and some workers on a quiet network.
func inCluster(t *testing.T, workers int, w weather0, test func(t *testing.T, m *mem.Medium, p *plane, xs []*worker)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		m := mem.NewMedium()
		p := startPlane(t, m, "c0")
		var xs []*worker
		for n := range workers {
			xs = append(xs, startWorker(t, m, n, &weather{loss: w.loss, again: w.again, delay: w.delay}))
		}
		time.Sleep(waitOut + lookEvery)
		test(t, m, p, xs)
		for _, x := range xs {
			x.close()
		}
		p.stop()
	})
}

// weather0 is what a weather is like.
type weather0 struct {
	loss, again float64
	delay       time.Duration
}

func acquire(t *testing.T, p fetch.Pacer, host string) fetch.Lease {
	t.Helper()
	l, err := p.Acquire(t.Context(), host)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func lostLease(l fetch.Lease) bool { return !l.(fetch.Perishable).Valid() }

// waitFor is how long it takes to get and give back a turn.
func waitFor(t *testing.T, p fetch.Pacer, host string, o fetch.Outcome) time.Duration {
	t.Helper()
	start := time.Now()
	acquire(t, p, host).Release(o)
	return time.Since(start)
}

func about(t *testing.T, what string, got, want time.Duration) {
	t.Helper()
	if got < want || got > want+200*time.Millisecond {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestTurnsOfTwoWorkers(t *testing.T) {
	t.Parallel()
	inCluster(t, 2, weather0{}, func(t *testing.T, _ *mem.Medium, _ *plane, xs []*worker) {
		a, b := xs[0].client, xs[1].client
		const host = "a.test:80"
		about(t, "a free host", waitFor(t, a, host, fetch.Outcome{}), 0)
		about(t, "another worker", waitFor(t, b, host, fetch.Outcome{}), 0)

		first := acquire(t, a, host)
		time.AfterFunc(time.Minute, func() { first.Release(fetch.Outcome{}) })
		about(t, "a host in use, held far beyond a grant's time", waitFor(t, b, host, fetch.Outcome{Pause: 30 * time.Second}), time.Minute)
		if lostLease(first) {
			t.Error("a lease that was renewed has ended")
		}
		about(t, "a pause", waitFor(t, a, host, fetch.Outcome{CrawlDelay: 5 * time.Second}), 30*time.Second)
		about(t, "a crawl-delay", waitFor(t, b, host, fetch.Outcome{}), 5*time.Second)
		about(t, "a crawl-delay stays", waitFor(t, a, host, fetch.Outcome{Pause: time.Hour}), 5*time.Second)
		about(t, "a pause has a limit", waitFor(t, b, host, fetch.Outcome{Unsent: true}), 2*time.Minute)
		about(t, "a turn in which nothing was sent", waitFor(t, a, host, fetch.Outcome{}), 0)
		about(t, "another port is another host", waitFor(t, a, "a.test:81", fetch.Outcome{}), 0)
	})
}

func TestLimitsOfRuns(t *testing.T) {
	t.Parallel()
	inCluster(t, 2, weather0{delay: 10 * time.Millisecond}, func(t *testing.T, _ *mem.Medium, _ *plane, xs []*worker) {
		const host = "a.test:80"
		a := xs[0].client.With(fetch.PacerConfig{PerHost: 2, Delay: 3 * time.Second})
		b := xs[1].client.With(fetch.PacerConfig{PerHost: 2, Delay: 3 * time.Second})
		waitFor(t, a, host, fetch.Outcome{}) // hosts are remembered for as long as the longest delay that was asked for, from now on
		time.Sleep(3 * time.Second)
		start := time.Now()
		first, second := acquire(t, a, host), acquire(t, b, host)
		if took := time.Since(start); took < 3*time.Second || took > 4*time.Second {
			t.Errorf("two starts within %v, want 3s", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := a.Acquire(ctx, host); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a third of two: %v", err)
		}
		first.Release(fetch.Outcome{})
		if _, err := xs[0].client.Acquire(after(t, time.Minute), host); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a run with one request at a time beside another: %v", err)
		}
		second.Release(fetch.Outcome{})
		about(t, "when all have ended", waitFor(t, xs[0].client, host, fetch.Outcome{}), 0)
	})
}

// TestNextSaysWhy a host is waited for, whoever was told so, and whoever owns it by now.
func TestNextSaysWhy(t *testing.T) {
	t.Parallel()
	inCluster(t, 2, weather0{}, func(t *testing.T, m *mem.Medium, p *plane, xs []*worker) {
		a, b := xs[0].client, xs[1].client.With(fetch.PacerConfig{Delay: time.Minute}).(fetch.Timetable)
		waitFor(t, a, "paused.test:80", fetch.Outcome{Pause: 90 * time.Second, Why: "Retry-After"})
		waitFor(t, a, "slow.test:80", fetch.Outcome{CrawlDelay: 100 * time.Second})
		waitFor(t, a, "plain.test:80", fetch.Outcome{})
		start := time.Now()
		hosts := []string{"paused.test:80", "slow.test:80", "plain.test:80"}
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for _, h := range hosts {
			wg.Go(func() { _, _ = b.(fetch.Pacer).Acquire(ctx, h) })
		}
		look := func(when string, atLeast [3]time.Duration, reasons [3]string) {
			t.Helper()
			for i, h := range hosts {
				at, why := b.Next(h)
				if wait := at.Sub(start); why != reasons[i] || wait < atLeast[i] || wait > atLeast[i]+30*time.Second {
					t.Errorf("%s, %s: in %v, %q; want %v, %q", when, h, wait, why, atLeast[i], reasons[i])
				}
			}
		}
		reasons := [3]string{"Retry-After", "Crawl-delay", "delay"}
		time.Sleep(pollFor + time.Second)
		look("at first", [3]time.Duration{90 * time.Second, 100 * time.Second, time.Minute}, reasons)
		p.stop()
		*p = *startPlane(t, m, "c1")
		time.Sleep(handOver + pollFor + time.Second)
		look("while the new owner waits", [3]time.Duration{waitOut, waitOut, waitOut}, [3]string{takeover, takeover, takeover})
		time.Sleep(waitOut)
		look("after the owner has changed", [3]time.Duration{90 * time.Second, waitOut + 100*time.Second, waitOut + time.Minute}, reasons)
		if at, why := b.Next("other.test:80"); !at.IsZero() || why != "" {
			t.Errorf("a host that nobody waits for: %v, %q", at, why)
		}
		cancel()
		wg.Wait()
	})
}

func after(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// TestFirstComeFirstServed, also when questions are lost and repeated, and when the owner dies.
func TestFirstComeFirstServed(t *testing.T) {
	t.Parallel()
	bad := weather0{loss: 0.1, again: 0.1, delay: 20 * time.Millisecond}
	inCluster(t, 3, bad, func(t *testing.T, m *mem.Medium, p *plane, xs []*worker) {
		const host, n = "a.test:80", 30
		first := acquire(t, xs[0].client, host)
		var mu sync.Mutex
		var order []int
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() {
				x := xs[i%len(xs)]
				for {
					l, err := x.client.Acquire(t.Context(), host)
					if err != nil {
						t.Error(err)
						return
					}
					if !lostLease(l) {
						mu.Lock()
						order = append(order, i)
						mu.Unlock()
						time.Sleep(50 * time.Millisecond)
						l.Release(fetch.Outcome{})
						return
					}
					l.Release(fetch.Outcome{Unsent: true})
				}
			})
			time.Sleep(100 * time.Millisecond)
		}
		p.kill()
		*p = *startPlane(t, m, "c1")
		first.Release(fetch.Outcome{})
		wg.Wait()
		if !slices.IsSorted(order) || len(order) != n {
			t.Errorf("order %v", order)
		}
	})
}

// TestSuccessorKnows: what a host has asked for outlives the owner that it was told, and requests in flight are counted.
func TestSuccessorKnows(t *testing.T) {
	t.Parallel()
	for _, end := range []struct {
		name string
		end  func(*plane)
	}{{"killed", (*plane).kill}, {"stopped", (*plane).stop}} {
		t.Run(end.name, func(t *testing.T) {
			inCluster(t, 2, weather0{}, func(t *testing.T, m *mem.Medium, p *plane, xs []*worker) {
				a, b := xs[0].client, xs[1].client
				delayed := fetch.PacerConfig{Delay: 20 * time.Second}
				waitFor(t, a.With(delayed), "delayed.test:80", fetch.Outcome{})
				waitFor(t, a, "paused.test:80", fetch.Outcome{Pause: 100 * time.Second})
				waitFor(t, a, "slow.test:80", fetch.Outcome{CrawlDelay: 50 * time.Second})
				waitFor(t, a, "free.test:80", fetch.Outcome{})
				start := time.Now()
				end.end(p)
				*p = *startPlane(t, m, "c1")
				var took [4]time.Duration
				var wg sync.WaitGroup
				for i, host := range []string{"paused.test:80", "slow.test:80", "free.test:80", "delayed.test:80"} {
					wg.Go(func() {
						if i == 3 { // asked for after the successor has begun, who has not heard of it
							time.Sleep(waitOut + time.Second)
						}
						waitFor(t, b.With(fetch.PacerConfig{Delay: time.Duration(i/3) * delayed.Delay}), host, fetch.Outcome{})
						took[i] = time.Since(start)
					})
				}
				wg.Wait()
				if took[3] < 20*time.Second {
					t.Errorf("the host with a delay of 20 s was asked after %v", took[3])
				}
				if took[0] < 100*time.Second || took[0] > 103*time.Second {
					t.Errorf("the host that asked for 100 s was asked after %v", took[0])
				}
				if took[1] < waitOut+50*time.Second || took[1] > 8*time.Second+waitOut+55*time.Second {
					t.Errorf("the host with a crawl-delay of 50 s was asked after %v", took[1])
				}
				if took[2] < waitOut || took[2] > 10*time.Second+waitOut+time.Second {
					t.Errorf("a free host was asked after %v", took[2])
				}
				t.Logf("takeover: %v", took[2])
			})
		})
	}
}

// TestOwnersDeathAndLongRequests: a request that lasts while its owner is replaced in order goes on; when the owner dies
// and is not replaced in time, it is broken off.
func TestOwnersDeathAndLongRequests(t *testing.T) {
	t.Parallel()
	inCluster(t, 2, weather0{}, func(t *testing.T, m *mem.Medium, p *plane, xs []*worker) {
		a, b := xs[0].client, xs[1].client
		l := acquire(t, a, "a.test:80")
		p.stop()
		*p = *startPlane(t, m, "c1")
		time.Sleep(time.Minute)
		if lostLease(l) {
			t.Fatal("broken off by an orderly stop of the owner")
		}
		if _, err := b.Acquire(after(t, time.Minute), "a.test:80"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the new owner granted what another holds: %v", err)
		}
		start := time.Now()
		p.kill()
		<-l.(fetch.Perishable).Context().Done()
		if took := time.Since(start); took < ttl-guard-renewEvery-time.Second || took > ttl-guard {
			t.Errorf("broken off %v after the owner's death", took)
		}
		if cause := context.Cause(l.(fetch.Perishable).Context()); !errors.Is(cause, ErrLeaseLost) {
			t.Errorf("cause %v", cause)
		}
		l.Release(fetch.Outcome{})
		*p = *startPlane(t, m, "c2")
		acquire(t, b, "a.test:80").Release(fetch.Outcome{})
	})
}

// TestWorkersDeath: what a dead worker held and waited for is free after a grant's time.
func TestWorkersDeath(t *testing.T) {
	t.Parallel()
	inCluster(t, 2, weather0{}, func(t *testing.T, _ *mem.Medium, _ *plane, xs []*worker) {
		a, b := xs[0].client, xs[1].client
		held := acquire(t, a, "a.test:80")
		waiting := make(chan error, 1)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			_, err := a.Acquire(ctx, "a.test:80")
			waiting <- err
		}()
		time.Sleep(time.Second)
		start := time.Now()
		xs[0].peer.Cut()
		acquire(t, b, "a.test:80").Release(fetch.Outcome{})
		if took := time.Since(start); took < ttl-renewEvery || took > ttl+time.Second {
			t.Errorf("a dead worker's turn was free after %v", took)
		}
		if !lostLease(held) {
			t.Error("the dead worker believes to hold its turn")
		}
		cancel()
		<-waiting
		xs[0].peer.Mend()
		held.Release(fetch.Outcome{})
		about(t, "when it is back", waitFor(t, a, "a.test:80", fetch.Outcome{}), 0)
	})
}

func TestWithdrawnWaitsHinderNobody(t *testing.T) {
	t.Parallel()
	inCluster(t, 2, weather0{loss: 0.05, again: 0.2, delay: 10 * time.Millisecond}, func(t *testing.T, _ *mem.Medium, _ *plane, xs []*worker) {
		var wg sync.WaitGroup
		for i := range 200 {
			x := xs[i%2]
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*time.Millisecond)
				defer cancel()
				if l, err := x.client.Acquire(ctx, "a.test:80"); err == nil {
					l.Release(fetch.Outcome{})
				}
			})
		}
		wg.Wait()
		start := time.Now()
		acquire(t, xs[0].client, "a.test:80").Release(fetch.Outcome{})
		acquire(t, xs[1].client, "a.test:80").Release(fetch.Outcome{})
		if took := time.Since(start); took > 2*ttl {
			t.Errorf("waited %v behind those who gave up", took)
		}
	})
}

func TestCloseEndsAcquire(t *testing.T) {
	t.Parallel()
	inCluster(t, 2, weather0{}, func(t *testing.T, _ *mem.Medium, _ *plane, xs []*worker) {
		a := xs[0].client
		held := acquire(t, a, "a.test:80")
		failed := make(chan error)
		go func() {
			_, err := a.Acquire(t.Context(), "a.test:80")
			failed <- err
		}()
		synctest.Wait()
		released := acquire(t, a, "b.test:80")
		released.Release(fetch.Outcome{})
		go a.Close()
		if err := <-failed; !errors.Is(err, ErrClosed) {
			t.Errorf("Acquire when closed: %v", err)
		}
		if _, err := a.Acquire(t.Context(), "a.test:80"); !errors.Is(err, ErrClosed) {
			t.Errorf("Acquire after Close: %v", err)
		}
		synctest.Wait()
		if !lostLease(held) {
			t.Error("a lease is good after Close")
		}
		about(t, "what was released", waitFor(t, xs[1].client, "b.test:80", fetch.Outcome{}), 0)
		acquire(t, xs[1].client, "a.test:80").Release(fetch.Outcome{})
	})
}

// TestShares: owners have equal shares as they come and go, and every partition has one.
func TestShares(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := mem.NewMedium()
		planes := []*plane{startPlane(t, m, "c0")}
		want := func(when string, shares ...int) {
			t.Helper()
			var got []int
			for _, p := range planes {
				got = append(got, p.owner.Owned())
			}
			slices.Sort(got)
			if !slices.Equal(got, shares) {
				t.Errorf("%s: shares %v, want %v", when, got, shares)
			}
		}
		time.Sleep(5 * time.Second)
		want("alone", 16)
		planes = append(planes, startPlane(t, m, "c1"))
		time.Sleep(time.Minute)
		want("two", 8, 8)
		planes = append(planes, startPlane(t, m, "c2"))
		time.Sleep(time.Minute)
		want("three", 4, 6, 6)
		planes[1].kill()
		planes = slices.Delete(planes, 1, 2)
		time.Sleep(20 * time.Second)
		want("one was killed", 8, 8)
		planes[0].stop()
		planes = planes[1:]
		time.Sleep(20 * time.Second)
		want("one was stopped", 16)
		planes[0].stop()
	})
}

func TestPartitionsAreEven(t *testing.T) {
	t.Parallel()
	if partition("a.example.co.uk:80") != partition("b.example.co.uk:443") {
		t.Error("two hosts of a domain have two owners")
	}
	var counts [Partitions]int
	const hosts = 16_000
	for i := range hosts {
		counts[partition(fmt.Sprintf("www.site%d.com:443", i))]++
	}
	for n, c := range counts {
		if c < hosts/Partitions*8/10 || c > hosts/Partitions*12/10 {
			t.Errorf("partition %d has %d of %d hosts", n, c, hosts)
		}
	}
}

// TestOwnerForgets: an owner's memory is bounded by the hosts of the last minutes.
func TestOwnerForgets(t *testing.T) {
	t.Parallel()
	inCluster(t, 1, weather0{}, func(t *testing.T, m *mem.Medium, _ *plane, xs []*worker) {
		lock, err := m.Join().Lock(t.Context(), "test", "")
		if err != nil {
			t.Fatal(err)
		}
		d := newDesk("test", lock, m.Join(), fetch.PacerConfig{MaxDelay: 2 * time.Minute})
		d.start(nil)
		q := question{Client: "w", Session: 1, Full: true}
		for i := range 20_000 {
			host := fmt.Sprintf("host%d.test:80", i)
			q.Wants = []want{{Ticket: uint64(i), Host: host, Delay: time.Second}}
			q.Dones = nil
			if i > 0 {
				q.Dones = []done{{Ticket: uint64(i - 1), Host: fmt.Sprintf("host%d.test:80", i-1)}}
			}
			if _, err := d.hear(t.Context(), q); err != nil {
				t.Fatal(err)
			}
			q.Full = false
			if i%1000 == 0 {
				time.Sleep(time.Second)
			}
		}
		d.mu.Lock()
		if n := len(d.hosts); n > 5000 {
			t.Errorf("%d hosts kept: many more than the last second's 1,000", n)
		}
		if n := len(d.sessions["w"].turns); n != 1 {
			t.Errorf("%d turns kept", n)
		}
		d.mu.Unlock()
		time.Sleep(ttl)
		synctest.Wait()
		d.mu.Lock()
		if len(d.sessions) != 0 {
			t.Error("a client that says nothing is kept")
		}
		d.mu.Unlock()
		d.close()
	})
}
