package fetch

import (
	"context"
	"errors"
	"net"
	"time"

	"pairmill/schemas"
)

// step makes one request in its turn, if robots.txt allows it, its host's name is known and the host is not resting. A
// turn that ends by itself is waited for again; that is not the host's fault, and costs it no time.
func (f *Fetcher) step(ctx, wireCtx context.Context, w *watch, r Request, url string, try int) (hop, error) {
	for requests := 0; ; {
		began := w.took()
		h, lost, err := f.turn(ctx, wireCtx, w, r, url, try)
		requests += h.Requests
		h.Requests = requests
		if err != nil || !lost {
			return h, err
		}
		w.rewind(began)
	}
}

// turn makes one request. lost tells that it was broken off because its turn had ended.
func (f *Fetcher) turn(ctx, wireCtx context.Context, w *watch, r Request, url string, try int) (h hop, lost bool, err error) {
	h = hop{Response: Response{FinalURL: url}}
	host := HostKey(url)
	crawlDelay, err := f.admit(ctx, r, url, host, &h)
	if err != nil || h.Reason != "" {
		return h, false, err
	}
	r.pending.at(host, schemas.WaitTurn)
	lease, err := f.pacer.Acquire(ctx, host)
	if err != nil {
		return h, false, err
	}
	under, stop, valid := perish(wireCtx, lease)
	defer stop()
	if !valid {
		lease.Release(Outcome{Unsent: true})
		return h, true, nil
	}
	probe, shut := f.breaker.enter(host, &h) // again: the host may have died while we waited
	if shut {
		lease.Release(Outcome{Unsent: true})
		return h, false, nil
	}
	w.resume()
	r.pending.wire(w)
	h = f.send(under, w, r, url)
	w.pause()
	lost = h.Reason != "" && under.Err() != nil && wireCtx.Err() == nil
	if r.Kind == Robots && h.Body != nil {
		crawlDelay = f.robotsVerdict(h.Response).rules.CrawlDelay()
	}
	found := unknown
	if ctx.Err() == nil && !lost {
		found = diagnose(&h, try >= f.cfg.Tries)
	}
	f.breaker.report(host, probe, found, h.Response)
	pause, why := penalty(&h, try)
	lease.Release(Outcome{CrawlDelay: crawlDelay, Pause: pause, Why: why})
	if ctx.Err() != nil {
		return h, false, context.Cause(ctx)
	}
	return h, lost, nil
}

// perish lets a context end with a lease that may end by itself.
func perish(ctx context.Context, l Lease) (under context.Context, stop func(), valid bool) {
	p, ok := l.(Perishable)
	if !ok {
		return ctx, func() {}, true
	}
	under, cancel := context.WithCancelCause(ctx)
	heed := context.AfterFunc(p.Context(), func() { cancel(context.Cause(p.Context())) })
	return under, func() { heed(); cancel(nil) }, p.Valid()
}

// admit drops h when url must not or cannot be requested, for reasons known before its turn.
func (f *Fetcher) admit(ctx context.Context, r Request, url, host string, h *hop) (crawlDelay time.Duration, err error) {
	if r.Kind != Robots {
		r.pending.at(host, schemas.WaitRobots)
		v, err := f.robots.get(ctx, origin(url))
		if err != nil {
			return 0, err
		}
		if ctx.Err() != nil {
			return 0, context.Cause(ctx) // the verdict may be that of a Fetcher that is closing
		}
		if !permitted(v, url, h) {
			return 0, nil
		}
		crawlDelay = v.rules.CrawlDelay()
	}
	if f.breaker.shut(host, h) {
		return 0, nil
	}
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		h.drop(schemas.URLInvalid, "%v", err)
		return 0, nil
	}
	r.pending.at(host, schemas.WaitName)
	var dns *net.DNSError
	if err := f.dialer.resolve(ctx, name); errors.As(err, &dns) {
		h.drop(requestReason(err, nil), "%s", explain(err, nil, f.cfg))
	} else if err != nil {
		return 0, err
	}
	return crawlDelay, nil
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
