package fetch

import (
	"sync"
	"time"

	"pairmill/schemas"
)

// breaker leaves dead hosts alone. After so many failures in a row without an HTTP answer between them, whatever is
// asked of the host (a name and port, as for the Pacer) gets the reason of the last real failure at once. After a pause
// one request goes out as a probe: an answer, whatever its status, ends the rest; another failure doubles the pause.
type breaker struct {
	failures int // negative = never
	pause    time.Duration

	mu    sync.Mutex
	hosts *recent[*trouble] // those whose last request failed
}

// trouble is guarded by its breaker's lock.
type trouble struct {
	row     int // failures in a row
	reason  schemas.Reason
	detail  string
	pause   time.Duration // of the rest that holds until then; 0 = none yet
	until   time.Time
	probing bool
}

// maxRest is how much longer than the first the last pause may become.
const maxRest = 8

// maxTroubled bounds the memory, at some 300 bytes per host. Past it the host that failed longest ago gets a new chance.
const maxTroubled = 1 << 16

func newBreaker(c Config) *breaker {
	return &breaker{failures: c.BreakerFailures, pause: c.BreakerPause, hosts: newRecent[*trouble](maxTroubled)}
}

// health is what a request says of its host.
type health int

const (
	unknown health = iota // nothing: it was never sent, or we broke it off
	alive
	dead
)

// shut drops h when host is resting, and tells whether it did.
func (b *breaker) shut(host string, h *hop) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	t, ok := b.hosts.get(host)
	return ok && b.refuse(t, h)
}

// enter is shut for a request that is sent at once if it may be. probe is for the report that must follow.
func (b *breaker) enter(host string, h *hop) (probe, shut bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	t, ok := b.hosts.get(host)
	if !ok {
		return false, false
	}
	if b.refuse(t, h) {
		return false, true
	}
	if t.pause > 0 {
		t.probing = true
	}
	return t.probing, false
}

// refuse drops h during a rest. The caller holds the lock.
func (b *breaker) refuse(t *trouble, h *hop) bool {
	if t.pause == 0 || !t.probing && !time.Now().Before(t.until) {
		return false
	}
	h.drop(t.reason, "%s; breaker open after %d failures (breaker failures), next try in %v to %v (breaker pause)",
		clip(t.detail, 700), b.failures, b.pause, maxRest*b.pause)
	return true
}

// report notes what became of a request; r is the answer, or the lack of one.
func (b *breaker) report(host string, probe bool, found health, r Response) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch found {
	case alive:
		b.hosts.drop(host)
	case dead:
		b.failed(host, probe, r)
	default:
		if t, ok := b.hosts.get(host); ok && probe {
			t.probing = false
		}
	}
}

// failed counts. The caller holds the lock.
func (b *breaker) failed(host string, probe bool, r Response) {
	t, ok := b.hosts.get(host)
	if !ok {
		t = &trouble{}
		b.hosts.put(host, t)
	}
	t.row++
	t.reason, t.detail = r.Reason, r.Detail
	switch {
	case probe:
		t.pause, t.probing = min(2*t.pause, maxRest*b.pause), false
	case t.pause > 0 || b.failures < 0 || t.row < b.failures:
		return // resting already, by a request that was in flight before, or not tired yet
	default:
		t.pause = b.pause
	}
	t.until = time.Now().Add(t.pause)
}

// diagnose reads a host's health from one request. A connection that ends before the answer counts once per URL, with
// its last try: it costs no time, and may be the URL's fault. Look-ups and blocked addresses have their own memory.
func diagnose(h *hop, last bool) health {
	switch {
	case h.Status != 0:
		return alive
	case h.Reason == schemas.Timeout, h.Reason == schemas.TLSError, h.Reason == schemas.ConnectError && (h.Address == "" || last):
		return dead
	}
	return unknown
}
