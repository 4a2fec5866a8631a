package fetch

import (
	"bytes"
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pairmill/internal/testutil"
)

func nothing() {}

// small has a lane of 2 × (600 KiB + 1) and a common part of 100 bytes.
func small() Config {
	c := Config{MaxBytes: 600 << 10, MaxPageBytes: 1}.withDefaults()
	c.MaxBuffered = gateReserve(c) + 100
	return c
}

// Bodies that together want a thousand times what there is all come to their end, and never hold more.
func TestGateEndsWithoutDeadlock(t *testing.T) {
	t.Parallel()
	c := small()
	g := newGate(c)
	var held, inLane, most atomic.Int64
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			s := &share{gate: g}
			mine := int64(0)
			for range 20 {
				if err := s.take(t.Context(), 100, nothing, nothing); err != nil {
					t.Error(err)
				}
				if s.lane {
					if mine >= 0 && inLane.Add(1) > 1 {
						t.Error("two in the lane")
					}
					held.Add(-max(mine, 0))
					mine = -1
					continue
				}
				mine += 100
				most.Store(max(most.Load(), held.Add(100)))
			}
			if mine < 0 {
				inLane.Add(-1)
			} else {
				held.Add(-mine)
			}
			s.release()
		})
	}
	wg.Wait()
	if most.Load() > 100 {
		t.Errorf("%d bytes held outside the lane, of 100", most.Load())
	}
	if g.free != 100 || !g.lane || g.queue.Len() != 0 {
		t.Errorf("at the end %d free, lane free %v, %d waiting", g.free, g.lane, g.queue.Len())
	}
}

func TestGateWaitsInOrderAndGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate(small())
		lane, common := &share{gate: g}, &share{gate: g}
		_ = common.take(t.Context(), 80, nothing, nothing)
		_ = lane.take(t.Context(), 80, nothing, nothing)
		if common.lane || !lane.lane {
			t.Fatal("the lane is for whom the common part is too small")
		}
		ctx, cancel := context.WithCancel(t.Context())
		waits, ended := 0, make(chan error, 2)
		go func() {
			ended <- (&share{gate: g}).take(ctx, 50, func() { waits++ }, func() { waits++ })
		}()
		synctest.Wait()
		behind := &share{gate: g}
		go func() { ended <- behind.take(t.Context(), 10, nothing, nothing) }()
		synctest.Wait()
		if waits != 1 || len(ended) != 0 {
			t.Fatalf("waits %d, ended %d: nobody may overtake", waits, len(ended))
		}
		cancel()
		for range 2 {
			if err := <-ended; err != nil && err != context.Canceled {
				t.Error(err)
			}
		}
		if waits != 2 || behind.held != 10 {
			t.Errorf("waits %d, held %d", waits, behind.held)
		}
		for _, s := range []*share{lane, common, behind} {
			s.release()
		}
		if g.free != 100 || !g.lane {
			t.Errorf("at the end %d free, lane free %v", g.free, g.lane)
		}
	})
}

func TestWatchStandsStillWhilePaused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := Config{Timeout: 10 * time.Second}.withDefaults()
		ctx, w := newWatch(t.Context(), c)
		defer w.stop()
		for range 9 {
			w.resume()
			time.Sleep(time.Second)
			w.pause()
			time.Sleep(time.Hour)
		}
		if ctx.Err() != nil || w.took() != 9*time.Second {
			t.Fatalf("after %v: %v", w.took(), context.Cause(ctx))
		}
		w.resume()
		time.Sleep(2 * time.Second)
		if err := context.Cause(ctx); err == nil || err.Error() != "the request took longer than 10s (timeout)" {
			t.Errorf("cause %v", err)
		}
	})
}

func TestWatchEndsDrips(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		bytes int           // every second
		pause time.Duration // between seconds, not on the clock
		want  time.Duration // until the end; 0 = never in a minute
	}{
		"silence":             {0, 0, 5 * time.Second},
		"a byte a second":     {1, 0, 5 * time.Second},
		"just under the rate": {900, 0, 5 * time.Second},
		"over the rate":       {1100, 0, 0},
		"pauses do not count": {1100, time.Minute, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, w := newWatch(t.Context(), Config{Timeout: time.Hour}.withDefaults())
				defer w.stop()
				w.resume()
				w.body()
				for second := range 60 {
					w.count(c.bytes)
					time.Sleep(time.Second)
					if c.pause > 0 {
						w.pause()
						time.Sleep(c.pause)
						w.resume()
					}
					if ctx.Err() != nil {
						if got := time.Duration(second+1) * time.Second; got < c.want || got > c.want+time.Second || c.want == 0 {
							t.Errorf("ended after %v, want %v: %v", got, c.want, context.Cause(ctx))
						}
						return
					}
				}
				if c.want != 0 {
					t.Errorf("never ended, want %v", c.want)
				}
			})
		})
	}
}

func TestHeldBodiesStopOthersUntilReleased(t *testing.T) {
	t.Parallel()
	body := bytes.Repeat([]byte{'x'}, 40<<10)
	site := testutil.NewSite(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		w.Write(body)
	}))
	f, err := New(Config{AllowPrivate: true, MaxBytes: 64 << 10, MaxPageBytes: 64 << 10, MaxBuffered: 2*(RobotsLimit+1) + 48<<10, PerHost: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	get := func(hold bool) (Response, error) {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		return f.Get(ctx, Request{URL: site.URL("", "/x"), Hold: hold})
	}
	var held []Response
	for {
		r, err := get(true)
		if err != nil {
			break
		}
		if held = append(held, r); len(held) > 20 {
			t.Fatalf("%d bodies of %d bytes are held at once", len(held), len(body))
		}
	}
	if len(held) == 0 {
		t.Fatal("not even one body can be held")
	}
	for i := range held {
		held[i].Release()
		held[i].Release()
	}
	if _, err := get(false); err != nil {
		t.Errorf("after all were released: %v", err)
	}
}
