package fetch

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// mustAcquire fails the test unless a lease comes.
func mustAcquire(t *testing.T, p Pacer, host string) Lease {
	t.Helper()
	l, err := p.Acquire(t.Context(), host)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// waitFor is how long, in the bubble's time, it takes to get and give back a lease.
func waitFor(t *testing.T, p Pacer, host string, o Outcome) time.Duration {
	t.Helper()
	start := time.Now()
	mustAcquire(t, p, host).Release(o)
	return time.Since(start)
}

func TestPacerSpacesRequests(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		cfg  PacerConfig
		take time.Duration // of the first request
		said Outcome       // by the first request
		want time.Duration // from the first's start to the second's
	}{
		{"no delay", PacerConfig{}, time.Second, Outcome{}, time.Second},
		{"delay counts from the end", PacerConfig{Delay: 2 * time.Second}, time.Second, Outcome{}, 3 * time.Second},
		{"crawl-delay raises", PacerConfig{Delay: 2 * time.Second}, 0, Outcome{CrawlDelay: 5 * time.Second}, 5 * time.Second},
		{"crawl-delay does not lower", PacerConfig{Delay: 2 * time.Second}, 0, Outcome{CrawlDelay: time.Second}, 2 * time.Second},
		{"crawl-delay has a limit", PacerConfig{}, 0, Outcome{CrawlDelay: time.Hour}, 2 * time.Minute},
		{"pause", PacerConfig{Delay: time.Second}, time.Second, Outcome{Pause: 30 * time.Second}, 31 * time.Second},
		{"pause has a limit", PacerConfig{MaxDelay: time.Minute}, 0, Outcome{Pause: time.Hour}, time.Minute},
		{"longest wins", PacerConfig{}, 0, Outcome{Pause: 3 * time.Second, CrawlDelay: 4 * time.Second}, 4 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, start := NewPacer(c.cfg), time.Now()
				l := mustAcquire(t, p, "a:80")
				time.Sleep(c.take)
				l.Release(c.said)
				l.Release(Outcome{Pause: time.Hour}) // only the first counts
				mustAcquire(t, p, "a:80").Release(Outcome{})
				if got := time.Since(start); got != c.want {
					t.Errorf("second start after %v, want %v", got, c.want)
				}
			})
		})
	}
}

func TestPacerCrawlDelayStays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := NewPacer(PacerConfig{})
		waitFor(t, p, "a:80", Outcome{CrawlDelay: 5 * time.Second})
		for range 3 {
			if got := waitFor(t, p, "a:80", Outcome{}); got != 5*time.Second {
				t.Errorf("waited %v, want 5s", got)
			}
		}
	})
}

func TestPacerLimitsHostsApart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := NewPacer(PacerConfig{PerHost: 2})
		first, second := mustAcquire(t, p, "a:80"), mustAcquire(t, p, "a:80")
		got := make(chan Lease, 1)
		go func() {
			l, _ := p.Acquire(t.Context(), "a:80")
			got <- l
		}()
		synctest.Wait()
		if len(got) != 0 {
			t.Fatal("a third lease of two")
		}
		mustAcquire(t, p, "a:81").Release(Outcome{}) // another port is another host, and does not wait
		second.Release(Outcome{})
		(<-got).Release(Outcome{})
		first.Release(Outcome{})
	})
}

func TestPacerIsFirstComeFirstServed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := NewPacer(PacerConfig{Delay: time.Second})
		held := mustAcquire(t, p, "a:80")
		var order []int
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				l, err := p.Acquire(t.Context(), "a:80")
				if err != nil {
					t.Error(err)
					return
				}
				order = append(order, i) // one at a time: the lease is the lock
				l.Release(Outcome{})
			})
			synctest.Wait()
		}
		held.Release(Outcome{})
		wg.Wait()
		for i, got := range order {
			if i != got {
				t.Fatalf("order %v", order)
			}
		}
	})
}

func TestPacerGivesUpWithContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := NewPacer(PacerConfig{})
		held := mustAcquire(t, p, "a:80")
		reason := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		failed := make(chan error)
		go func() {
			_, err := p.Acquire(ctx, "a:80")
			failed <- err
		}()
		synctest.Wait()
		cancel(reason)
		if err := <-failed; err != reason {
			t.Errorf("error %v, want the context's cause", err)
		}
		if _, err := p.Acquire(ctx, "b:80"); err != reason {
			t.Errorf("error %v for a context that had ended", err)
		}
		held.Release(Outcome{})
		if got := waitFor(t, p, "a:80", Outcome{}); got != 0 {
			t.Errorf("the one who left still holds a turn for %v", got)
		}
	})
}

// However the end of a context and the grant fall together, no lease is lost.
func TestPacerLosesNoLease(t *testing.T) {
	t.Parallel()
	p := NewPacer(PacerConfig{})
	var wg sync.WaitGroup
	for range 500 {
		ctx, cancel := context.WithCancel(t.Context())
		wg.Go(func() {
			if l, err := p.Acquire(ctx, "a:80"); err == nil {
				l.Release(Outcome{})
			}
		})
		wg.Go(cancel)
	}
	wg.Wait()
	mustAcquire(t, p, "a:80").Release(Outcome{})
}

func TestPacerForgetsOnlyWhatNoLongerMatters(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := NewPacer(PacerConfig{Delay: time.Second})
		waitFor(t, p, "penalised:80", Outcome{Pause: time.Minute})
		waitFor(t, p, "slow:80", Outcome{CrawlDelay: 30 * time.Second})
		for i := range 20_000 {
			if i%1000 == 0 {
				time.Sleep(time.Second)
			}
			waitFor(t, p, fmt.Sprintf("host%d:80", i), Outcome{})
		}
		if n := len(p.hosts); n > 5000 {
			t.Errorf("%d hosts kept: many more than the last second's 1,000", n)
		}
		if got := waitFor(t, p, "penalised:80", Outcome{}); got < 30*time.Second {
			t.Errorf("the penalty was forgotten: waited %v", got)
		}
		time.Sleep(time.Minute)
		p.sweep()
		if _, ok := p.hosts["slow:80"]; !ok || len(p.hosts) != 1 {
			t.Errorf("%d hosts kept after a quiet minute, want the one with a crawl-delay", len(p.hosts))
		}
		time.Sleep(2 * rememberRaised)
		p.sweep()
		if len(p.hosts) != 0 {
			t.Errorf("%d hosts kept after quiet hours", len(p.hosts))
		}
	})
}
