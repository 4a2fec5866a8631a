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
	pacer     Pacer
	gate      *gate
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
	d, err := newDialer(cfg)
	if err != nil {
		return nil, err
	}
	f := &Fetcher{cfg: cfg, agent: agent, transport: newTransport(cfg, d), pacer: cfg.Pacer, gate: newGate(cfg)}
	if f.pacer == nil {
		f.pacer = NewPacer(PacerConfig{PerHost: cfg.PerHost, Delay: cfg.Delay})
	}
	f.ctx, f.end = context.WithCancelCause(context.Background())
	f.robots = newRobotsCache(cfg, f.askRobots, f.tasks.Go)
	return f, nil
}

// newTransport keeps connections, verifies TLS, and does nothing behind our back: no proxy, which would hide the real
// address from the guard, no cookies, no redirects, no decompression past our limits.
func newTransport(c Config, d *dialer) *http.Transport {
	return &http.Transport{
		Proxy:                  nil,
		DialContext:            d.connect,
		TLSClientConfig:        c.TLS.Clone(),
		TLSHandshakeTimeout:    c.HeaderTimeout,
		ResponseHeaderTimeout:  c.HeaderTimeout,
		MaxResponseHeaderBytes: 64 << 10, // eight times what common servers send at most
		DisableCompression:     true,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           256, // descriptors; a crawl returns to few hosts at a time
		MaxIdleConnsPerHost:    max(2, c.PerHost),
		IdleConnTimeout:        30 * time.Second,
	}
}

// Close ends what is in flight with ErrClosed, waits for it, and closes idle connections.
func (f *Fetcher) Close() {
	f.mu.Lock()
	f.ended = true
	f.mu.Unlock()
	f.end(ErrClosed)
	f.tasks.Wait()
	f.transport.CloseIdleConnections()
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
	resp, err := f.get(ctx, r)
	if !r.Hold || err != nil {
		resp.Release()
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
		h, err = f.step(ctx, wireCtx, w, r.Kind, url, try)
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

// step makes one request in its turn, if robots.txt allows it.
func (f *Fetcher) step(ctx, wireCtx context.Context, w *watch, kind Kind, url string, try int) (hop, error) {
	h := hop{Response: Response{FinalURL: url}}
	var crawlDelay time.Duration
	if kind != Robots {
		v, err := f.robots.get(ctx, origin(url))
		if err != nil {
			return h, err
		}
		if !permitted(v, url, &h) {
			return h, nil
		}
		crawlDelay = v.rules.CrawlDelay()
	}
	if ctx.Err() != nil {
		return h, context.Cause(ctx) // also when the verdict is of a Fetcher that is closing
	}
	lease, err := f.pacer.Acquire(ctx, HostKey(url))
	if err != nil {
		return h, err
	}
	w.resume()
	h = f.send(wireCtx, w, kind, url)
	w.pause()
	if kind == Robots && h.Body != nil {
		crawlDelay = robotsVerdict(h.Response).rules.CrawlDelay()
	}
	lease.Release(Outcome{CrawlDelay: crawlDelay, Pause: penalty(&h, try)})
	if ctx.Err() != nil {
		return h, context.Cause(ctx)
	}
	return h, nil
}

// permitted drops h when v forbids url.
func permitted(v verdict, url string, h *hop) bool {
	if v.reason != "" {
		h.drop(v.reason, "%s", v.detail)
		return false
	}
	if ok, line := v.rules.Allowed(pathOf(url)); !ok {
		h.drop(schemas.RobotsDisallowed, "%s/robots.txt: %q", origin(url), clip(line, 200))
		return false
	}
	return true
}

// askRobots requests an origin's robots.txt for the cache, which outlives the request that needed it first.
func (f *Fetcher) askRobots(origin string) verdict {
	r, err := f.get(f.ctx, Request{URL: origin + "/robots.txt", Kind: Robots, Follow: true})
	if err != nil {
		return verdict{reason: schemas.RobotsUnreach, detail: detail("robots.txt: %v", err)}
	}
	return robotsVerdict(r)
}

// origin is a normalised URL up to its path.
func origin(url string) string {
	scheme, rest, _ := strings.Cut(url, "://")
	host, _, _ := strings.Cut(rest, "/")
	return scheme + "://" + host
}
