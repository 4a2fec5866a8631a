package fetch

import (
	"context"
	"errors"
	"net"
	"time"

	"pairmill/schemas"
)

// step makes one request in its turn, if robots.txt allows it, its host's name is known and the host is not resting.
func (f *Fetcher) step(ctx, wireCtx context.Context, w *watch, r Request, url string, try int) (hop, error) {
	h := hop{Response: Response{FinalURL: url}}
	host := HostKey(url)
	crawlDelay, err := f.admit(ctx, r, url, host, &h)
	if err != nil || h.Reason != "" {
		return h, err
	}
	r.pending.at(host, schemas.WaitTurn)
	lease, err := f.pacer.Acquire(ctx, host)
	if err != nil {
		return h, err
	}
	probe, shut := f.breaker.enter(host, &h) // again: the host may have died while we waited
	if shut {
		lease.Release(Outcome{Unsent: true})
		return h, nil
	}
	w.resume()
	r.pending.wire(w)
	h = f.send(wireCtx, w, r.Kind, url)
	w.pause()
	if r.Kind == Robots && h.Body != nil {
		crawlDelay = f.robotsVerdict(h.Response).rules.CrawlDelay()
	}
	found := unknown
	if ctx.Err() == nil {
		found = diagnose(&h, try >= f.cfg.Tries)
	}
	f.breaker.report(host, probe, found, h.Response)
	pause, why := penalty(&h, try)
	lease.Release(Outcome{CrawlDelay: crawlDelay, Pause: pause, Why: why})
	if ctx.Err() != nil {
		return h, context.Cause(ctx)
	}
	return h, nil
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
