package fetch

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"pairmill/schemas"
)

// Back-off without a Retry-After: 1 s, 2 s, 4 s … at most 30 s, each times 0.5 to 1.5, so that workers that failed
// together do not come back together.
const (
	firstBackOff = time.Second
	maxBackOff   = 30 * time.Second
)

func backOff(try int) time.Duration {
	d := firstBackOff
	for i := 1; i < try && d < maxBackOff; i++ {
		d *= 2
	}
	return time.Duration(float64(min(d, maxBackOff)) * (0.5 + rand.Float64()))
}

// pause is how long an answer asks not to be bothered.
type pause struct {
	asked  bool // by status 429, or by a Retry-After on a 5xx
	header string
	wait   time.Duration
}

// String is for the end of a message.
func (p pause) String() string {
	if p.header == "" {
		return ""
	}
	return fmt.Sprintf(", Retry-After %q", clip(p.header, 60))
}

func askedPause(resp *http.Response) pause {
	if resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode < 500 {
		return pause{}
	}
	value := resp.Header.Get("Retry-After")
	asked := value != "" || resp.StatusCode == http.StatusTooManyRequests
	return pause{asked, value, retryAfter(value, time.Now())}
}

// retryAfter reads seconds or a date (RFC 9110, section 10.2.3); anything else, and the past, is 0.
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(value, 10, 32); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now).Round(time.Second))
	}
	return 0
}

// penalty is how long the host as a whole is left alone after h: what it asked for, or a back-off for a 429 that names
// no time and for a challenge. why says which.
func penalty(h *hop, try int) (pause time.Duration, why string) {
	switch {
	case h.pause.wait > 0:
		return h.pause.wait, "Retry-After"
	case h.Reason == schemas.ChallengePage:
		return backOff(try), "challenge"
	case h.pause.asked:
		return backOff(try), fmt.Sprintf("status %d", h.Status)
	}
	return 0, ""
}

// again tells whether there is another try, and after how long.
func (f *Fetcher) again(h *hop, try int) (time.Duration, bool) {
	switch {
	case !mayChange(h.Reason) || try >= f.cfg.Tries:
		return 0, false
	case !h.sent || f.breaker.shut(HostKey(h.FinalURL), &hop{}):
		return 0, false // whoever asked before has tried often enough
	case h.pause.wait > f.cfg.MaxRetryAfter:
		h.Detail = detail("%s, which is over %v (max retry after)", h.Detail, f.cfg.MaxRetryAfter)
		return 0, false
	case h.pause.wait > 0:
		return h.pause.wait, true
	}
	return backOff(try), true
}

// sleep waits for d or for the end of ctx.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
