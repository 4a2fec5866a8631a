package fetch

import (
	"context"
	"net/http"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"pairmill/schemas"
)

// dozing is a Resolver that takes ten seconds.
type dozing struct{ *world }

func (d dozing) LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error) {
	if err := sleep(ctx, 10*time.Second); err != nil {
		return nil, err
	}
	return d.world.LookupNetIP(ctx, network, host)
}

// Whatever a Get waits for, it says so while it does, and nothing is left of it afterwards.
func TestPendingSaysWhatAGetWaitsFor(t *testing.T) {
	t.Parallel()
	failed := false
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/robots.txt" && r.Host == "late.test":
			time.Sleep(9 * time.Second)
			fallthrough
		case r.URL.Path == "/robots.txt":
			http.NotFound(w, r)
			return
		case r.Host == "moved.test":
			http.Redirect(w, r, "http://target.test/", http.StatusFound)
			return
		case r.Host == "busy.test" && !failed:
			failed = true
			w.Header().Set("Retry-After", "30")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		case r.Host == "slow.test", r.Host == "target.test":
			time.Sleep(9 * time.Second)
		}
		_, _ = w.Write([]byte("x"))
	})
	for _, c := range []struct {
		name, host, at string
		after          time.Duration // when it is looked at
		doze           bool          // with a slow resolver
		want           schemas.WaitState
		since          time.Duration // in that state
		until          time.Duration // from then
	}{
		{name: "robots.txt", host: "late.test", at: "late.test:80", after: 4 * time.Second, want: schemas.WaitRobots, since: 4 * time.Second},
		{name: "a name", host: "any.test", at: "any.test:80", after: 4 * time.Second, doze: true, want: schemas.WaitName, since: 4 * time.Second},
		{name: "an answer", host: "slow.test", at: "slow.test:80", after: 4 * time.Second, want: schemas.WaitAnswer, since: 4 * time.Second},
		{name: "another host", host: "moved.test", at: "target.test:80", after: 4 * time.Second, want: schemas.WaitAnswer, since: 4 * time.Second},
		{name: "the next try", host: "busy.test", at: "busy.test:80", after: 4 * time.Second, want: schemas.WaitRetry, since: 4 * time.Second, until: 26 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			failed = false
			synctest.Test(t, func(t *testing.T) {
				w := startWorld(t, handler)
				cfg := Config{}
				if c.doze {
					cfg.Resolver = dozing{w}
				}
				f := w.fetcher(t, cfg)
				done := make(chan Response)
				go func() { done <- get(t, f, "http://"+c.host+"/") }()
				time.Sleep(c.after)
				synctest.Wait()
				all := f.Pending()
				if len(all) != 1 {
					t.Fatalf("%d pending, want 1: %+v", len(all), all)
				}
				p, now := all[0], time.Now()
				if p.From != c.host+":80" || p.Host != c.at || p.State != c.want || now.Sub(p.Since) != c.after || now.Sub(p.Entered) != c.since {
					t.Errorf("%+v, %v old, %v in its state", p, now.Sub(p.Since), now.Sub(p.Entered))
				}
				if c.until == 0 != p.Until.IsZero() || c.until > 0 && p.Until.Sub(now) != c.until {
					t.Errorf("until %v from now, want %v", p.Until.Sub(now), c.until)
				}
				<-done
				if all := f.Pending(); len(all) != 0 {
					t.Errorf("afterwards %+v", all)
				}
			})
		})
	}
}

// The second request to a host that asked for a pause waits for its turn, and the Pacer says how long and why.
func TestPendingWaitsForItsTurn(t *testing.T) {
	t.Parallel()
	asked := 0
	handler := withoutRobots(func(w http.ResponseWriter, _ *http.Request) {
		if asked++; asked == 1 {
			w.Header().Set("Retry-After", "20")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		_, _ = w.Write([]byte("x"))
	})
	inWorld(t, Config{Tries: 1}, handler, func(t *testing.T, f *Fetcher) {
		get(t, f, "http://a.test/1")
		done := make(chan Response)
		go func() { done <- get(t, f, "http://a.test/2") }()
		time.Sleep(5 * time.Second)
		synctest.Wait()
		all := f.Pending()
		if len(all) != 1 || all[0].State != schemas.WaitTurn {
			t.Errorf("%+v, want one that waits for its turn", all)
		}
		if left, why := f.Pause("a.test:80"); left != 15*time.Second || why != "Retry-After" {
			t.Errorf("pause %v for %q, want 15s for Retry-After", left, why)
		}
		<-done
		if left, why := f.Pause("a.test:80"); left != 0 || why != "" {
			t.Errorf("pause %v for %q when it is over", left, why)
		}
	})
}

func TestPacerSaysWhenAndWhy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		cfg  PacerConfig
		said Outcome
		left time.Duration
		why  string
	}{
		{"nothing", PacerConfig{}, Outcome{}, 0, ""},
		{"delay", PacerConfig{Delay: 2 * time.Second}, Outcome{}, 2 * time.Second, "delay"},
		{"crawl-delay", PacerConfig{Delay: 2 * time.Second}, Outcome{CrawlDelay: 5 * time.Second}, 5 * time.Second, "Crawl-delay"},
		{"pause", PacerConfig{Delay: 2 * time.Second}, Outcome{Pause: 30 * time.Second, Why: "Retry-After"}, 30 * time.Second, "Retry-After"},
		{"pause under the delay", PacerConfig{Delay: time.Minute}, Outcome{Pause: 30 * time.Second, Why: "Retry-After"}, time.Minute, "delay"},
		{"never sent", PacerConfig{Delay: time.Minute}, Outcome{Unsent: true}, 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := NewPacer(c.cfg)
				mustAcquire(t, p, "a:80").Release(c.said)
				at, why := p.Next("a:80")
				left := max(time.Until(at), 0)
				if at.IsZero() {
					left = 0
				}
				if left != c.left || why != c.why {
					t.Errorf("%v for %q, want %v for %q", left, why, c.left, c.why)
				}
			})
		})
	}
}

// A Pacer that keeps no timetable is no error.
func TestPauseOfAnyPacer(t *testing.T) {
	t.Parallel()
	inWorld(t, Config{Pacer: struct{ Pacer }{NewPacer(PacerConfig{Delay: time.Hour})}}, answerWith(200, nil, "x"), func(t *testing.T, f *Fetcher) {
		get(t, f, "http://a.test/")
		if left, why := f.Pause("a.test:80"); left != 0 || why != "" {
			t.Errorf("pause %v for %q", left, why)
		}
	})
}

func TestPauseIsSaidToBe(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		h    hop
		want string
	}{
		{"none", hop{Response: Response{Status: 404, Reason: schemas.HTTPGone}}, ""},
		{"a time", hop{Response: Response{Status: 503}, pause: pause{asked: true, header: "9", wait: 9 * time.Second}}, "Retry-After"},
		{"no time", hop{Response: Response{Status: 429}, pause: pause{asked: true}}, "status 429"},
		{"a challenge", hop{Response: Response{Status: 403, Reason: schemas.ChallengePage}}, "challenge"},
	} {
		if pause, why := penalty(&c.h, 1); why != c.want || pause > 0 != (c.want != "") {
			t.Errorf("%s: %v for %q, want %q", c.name, pause, why, c.want)
		}
	}
}
