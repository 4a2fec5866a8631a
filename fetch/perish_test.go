package fetch

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"pairmill/schemas"
)

// perishing is a Pacer whose first leases end by themselves after a while; of the others none does.
type perishing struct {
	ends     []time.Duration // of the first leases; negative: before it is used
	granted  int
	outcomes []Outcome
}

var errPerished = errors.New("its time was over")

func (p *perishing) Acquire(context.Context, string) (Lease, error) {
	p.granted++
	if p.granted > len(p.ends) {
		return &perishable{p: p, ctx: context.Background(), valid: true}, nil
	}
	after := p.ends[p.granted-1]
	if after < 0 {
		return &perishable{p: p, ctx: context.Background()}, nil
	}
	ctx, end := context.WithCancelCause(context.Background())
	time.AfterFunc(after, func() { end(errPerished) })
	return &perishable{p: p, ctx: ctx, valid: true}, nil
}

type perishable struct {
	p     *perishing
	ctx   context.Context
	valid bool
}

func (l *perishable) Release(o Outcome)        { l.p.outcomes = append(l.p.outcomes, o) }
func (l *perishable) Context() context.Context { return l.ctx }
func (l *perishable) Valid() bool              { return l.valid }

// TestLeaseThatEnds: its request is broken off and made again, as if it had not been; the host is not blamed.
func TestLeaseThatEnds(t *testing.T) {
	t.Parallel()
	var served, broken atomic.Int32
	slow := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		served.Add(1)
		select {
		case <-time.After(20 * time.Second):
			_, _ = w.Write([]byte("picture"))
		case <-r.Context().Done():
			broken.Add(1)
		}
	})
	// robots.txt, then the picture: not begun, broken off twice, and made; 62 s in all, of 30 s that one try may take
	p := &perishing{ends: []time.Duration{time.Hour, -1, 21 * time.Second / 2, 19 * time.Second}}
	inWorld(t, Config{Pacer: p, BreakerFailures: 1, Tries: 1, HeaderTimeout: 25 * time.Second}, slow, func(t *testing.T, f *Fetcher) {
		start := time.Now()
		r := get(t, f, "http://a.test/x.jpg")
		if r.Reason != "" || string(r.Body) != "picture" || r.Requests != 3 || served.Load() != 3 {
			t.Fatalf("%q %q, %d requests, %d served", r.Reason, r.Detail, r.Requests, served.Load())
		}
		if took := time.Since(start); r.Took != 20*time.Second || took < 49*time.Second {
			t.Errorf("%v charged to the host, of %v", r.Took, took)
		}
		if n := broken.Load(); n != 2 {
			t.Errorf("the server saw %d of 2 requests end", n)
		}
		unsent := 0
		for _, o := range p.outcomes {
			if o.Unsent {
				unsent++
			}
		}
		if len(p.outcomes) != 5 || unsent != 1 {
			t.Errorf("outcomes %+v", p.outcomes)
		}
	})
}

// TestLeaseThatEndsAfterItsRequest has no effect on what was received.
func TestLeaseThatEndsAfterItsRequest(t *testing.T) {
	t.Parallel()
	p := &perishing{ends: []time.Duration{time.Millisecond, time.Millisecond}}
	inWorld(t, Config{Pacer: p}, http.NotFoundHandler(), func(t *testing.T, f *Fetcher) {
		if r := get(t, f, "http://a.test/x.jpg"); r.Reason != schemas.HTTPGone || r.Requests != 1 {
			t.Errorf("%q after %d requests", r.Reason, r.Requests)
		}
	})
}

// limitable is a Pacer that notes which limits it is asked for.
type limitable struct {
	Pacer
	asked PacerConfig
}

func (l *limitable) With(c PacerConfig) Pacer {
	l.asked = c
	return l.Pacer
}

func TestLimitsAreTold(t *testing.T) {
	t.Parallel()
	l := &limitable{Pacer: NewPacer(PacerConfig{})}
	f, err := New(Config{Pacer: l, PerHost: 3, Delay: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	if l.asked != (PacerConfig{PerHost: 3, Delay: time.Second}) {
		t.Errorf("asked for %+v", l.asked)
	}
}
