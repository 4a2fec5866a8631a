package fetch

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"pairmill/schemas"
)

// ErrClosed is the error of a Get that Close has ended.
var ErrClosed = errors.New("fetcher is closed")

// Fetcher gets URLs. It is safe for concurrent use.
type Fetcher struct {
	cfg       Config
	agent     string
	transport *http.Transport
	dialer    *dialer
	breaker   *breaker
	pacer     Pacer
	gate      *gate
	board     *board
	buffers   buffers
	robots    *robotsCache

	ctx   context.Context // ends with Close
	end   context.CancelCauseFunc
	mu    sync.Mutex // guards ended, and that nothing is added to tasks after it
	ended bool
	tasks sync.WaitGroup
}

// New checks cfg and returns a Fetcher, which must be closed.
func New(cfg Config) (*Fetcher, error) {
	agent := cfg.UserAgent()
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return nil, err
	}
	f := &Fetcher{cfg: cfg, agent: agent, breaker: newBreaker(cfg), pacer: cfg.Pacer, gate: newGate(cfg), board: newBoard()}
	f.ctx, f.end = context.WithCancelCause(context.Background())
	cfg.Resolver = newNames(f.ctx, cfg, f.tasks.Go)
	d, err := newDialer(cfg)
	if err != nil {
		return nil, err
	}
	f.dialer, f.transport = d, newTransport(cfg, d)
	limits := PacerConfig{PerHost: cfg.PerHost, Delay: cfg.Delay}
	if f.pacer == nil {
		f.pacer = NewPacer(limits)
	} else if p, ok := f.pacer.(Limitable); ok {
		f.pacer = p.With(limits)
	}
	f.robots = newRobotsCache(cfg, f.askRobots, f.tasks.Go)
	return f, nil
}

// Close ends what is in flight with ErrClosed, waits for it, and closes every connection.
func (f *Fetcher) Close() {
	f.mu.Lock()
	f.ended = true
	f.mu.Unlock()
	f.end(ErrClosed)
	f.tasks.Wait()
	f.transport.CloseIdleConnections()
	f.dialer.open.close()
}

// Get requests one URL: robots.txt first, then the Pacer, then the wire; again after a redirect, again after a failure
// that may pass. Whatever goes wrong with the URL is a Reason in the Response. The error is ctx's cause, ErrClosed, or
// the Pacer's; the Response then says only how far it came.
func (f *Fetcher) Get(ctx context.Context, r Request) (Response, error) {
	if !f.enter() {
		return Response{URL: r.URL}, ErrClosed
	}
	defer f.tasks.Done()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(f.ctx, func() { cancel(ErrClosed) })()
	r.pending = f.board.add(r.Kind, r.URL)
	defer r.pending.done()
	resp, err := f.get(ctx, r)
	if !r.Hold || err != nil {
		resp.letGo()
	}
	return resp, err
}

func (f *Fetcher) enter() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended {
		return false
	}
	f.tasks.Add(1)
	return true
}

func (f *Fetcher) get(ctx context.Context, r Request) (Response, error) {
	started := time.Now()
	url, err := Normalize(r.URL)
	if err != nil {
		return Response{URL: r.URL, FinalURL: r.URL, Started: started, Reason: schemas.URLInvalid,
			Detail: detail("%v", err)}, nil
	}
	last, err := f.tries(ctx, r, url)
	last.URL, last.Started = url, started
	last.Waited = time.Since(started) - last.Took
	return last, err
}

// tries asks until the answer is final, and adds up what all tries took.
func (f *Fetcher) tries(ctx context.Context, r Request, url string) (Response, error) {
	requests, took := 0, time.Duration(0)
	for try := 1; ; try++ {
		h, err := f.try(ctx, r, url, try)
		requests, took = requests+h.Requests, took+h.Took
		h.Requests, h.Took = requests, took
		if err != nil {
			return h.Response, err
		}
		wait, again := f.again(&h, try)
		if !again {
			return h.Response, nil
		}
		r.pending.pause(wait)
		if err := sleep(ctx, wait); err != nil {
			return h.Response, err
		}
	}
}

// try follows url to its end once.
func (f *Fetcher) try(ctx context.Context, r Request, url string, try int) (h hop, err error) {
	wireCtx, w := newWatch(ctx, f.cfg)
	defer w.stop()
	requests, redirects := 0, 0
	for seen := map[string]bool{}; ; redirects++ {
		seen[url] = true
		h, err = f.step(ctx, wireCtx, w, r, url, try)
		requests += h.Requests
		h.Requests, h.Redirects, h.Took = requests, redirects, w.took()
		if err != nil || h.target == "" {
			return h, err
		}
		if !r.Follow {
			h.Location = h.target
			return h, nil
		}
		if f.tooMany(&h, r.Kind, seen) {
			return h, nil
		}
		url = h.target
	}
}

// tooMany drops h when its redirect must not be followed.
func (f *Fetcher) tooMany(h *hop, kind Kind, seen map[string]bool) bool {
	limit, setting := f.cfg.MaxRedirects, "max_redirects"
	if kind == Robots {
		limit, setting = 5, "RFC 9309"
	}
	switch {
	case seen[h.target]:
		h.drop(schemas.TooManyRedirects, "redirects in a circle, to %s", clip(h.target, 200))
	case h.Redirects >= limit:
		h.drop(schemas.TooManyRedirects, "over %d redirects (%s)", limit, setting)
	default:
		return false
	}
	return true
}

// askRobots requests an origin's robots.txt for the cache, which outlives the request that needed it first.
func (f *Fetcher) askRobots(origin string) verdict {
	url := origin + "/robots.txt"
	at := f.board.add(Robots, url)
	defer at.done()
	r, err := f.get(f.ctx, Request{URL: url, Kind: Robots, Follow: true, pending: at})
	defer r.Release()
	if err != nil {
		return verdict{reason: schemas.RobotsUnreach, detail: detail("robots.txt: %v", err)}
	}
	return f.robotsVerdict(r)
}

// origin is a normalised URL up to its path.
func origin(url string) string {
	scheme, rest, _ := strings.Cut(url, "://")
	host, _, _ := strings.Cut(rest, "/")
	return scheme + "://" + host
}
