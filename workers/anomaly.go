package workers

import (
	"fmt"
	"strings"
	"sync"

	"pairmill/fetch"
	"pairmill/schemas"
)

// AnomalyConfig says when one reason is taking over. The zero value is on, at its defaults.
type AnomalyConfig struct {
	// Window is how many rows are looked at together. Default 500: at 256 requests in flight two turns of them.
	Window int
	// Share of the window at which one reason halts the run. Default 0.5 for reasons of class ours, where a broken
	// resolver, an uplink that is down or a codec that is missing stand; 0.8 for refusals, of which some lists have many;
	// 0.95 for what is gone, which is half of an old list. A Share given here counts for all classes; 1 or more is off.
	Share float64
	// Jump is how many times its share before the window a reason must have. Default 3.
	Jump float64
	// Domains is over how many registrable domains the reason must be spread: one site that is down is no anomaly.
	// Default 20.
	Domains int
}

func (c AnomalyConfig) withDefaults() AnomalyConfig {
	if c.Window <= 0 {
		c.Window = 500
	}
	if c.Jump <= 0 {
		c.Jump = 3
	}
	if c.Domains <= 0 {
		c.Domains = 20
	}
	return c
}

func (c AnomalyConfig) share(class schemas.Class) float64 {
	if c.Share > 0 {
		return c.Share
	}
	return map[schemas.Class]float64{schemas.Ours: 0.5, schemas.Refused: 0.8, schemas.Gone: 0.95}[class]
}

// Anomaly is one reason that has jumped above its share, with the evidence.
type Anomaly struct{ schemas.Anomaly }

// Error says what happened, with the evidence and what to do.
func (a *Anomaly) Error() string {
	var b strings.Builder
	b.WriteString(a.String())
	for _, x := range a.Examples {
		fmt.Fprintf(&b, "\n  %s: %s", x.URL, x.Detail)
	}
	return b.String()
}

// anomalies watches a stream of rows for one reason that takes over.
type anomalies struct {
	cfg AnomalyConfig

	mu     sync.Mutex // guards what follows
	ring   []Item
	next   int
	before map[schemas.Reason]int // of rows that have left the window
	gone   int
	inside map[schemas.Reason]int
}

func newAnomalies(cfg AnomalyConfig) *anomalies {
	return &anomalies{cfg: cfg.withDefaults(), before: map[schemas.Reason]int{}, inside: map[schemas.Reason]int{}}
}

// watched tells whether a reason can be an anomaly: filters and limits that the user set cannot.
func watched(r schemas.Reason) bool {
	switch r {
	case schemas.Kept, schemas.URLInvalid, schemas.AddressBlocked, schemas.BodyTooLarge, schemas.ImageTooManyPixels, schemas.ImageSideTooLong,
		schemas.SVGUnsupported, schemas.ImageUnsupported, schemas.OptOutPage, schemas.HTMLTooDeep, schemas.PageRedirected, schemas.ScopeExcluded,
		schemas.ImageTooSmall, schemas.ImageTooLarge, schemas.ImageAspect, schemas.ImageFewBytes,
		schemas.DuplicateCandidate, schemas.DuplicateImage, schemas.LowSimilarity, schemas.FeaturesMissing:
		return false
	}
	return !strings.HasPrefix(string(r), "caption_")
}

// row takes a row in and returns what it has set off, if anything.
func (a *anomalies) row(x Item) *Anomaly {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.ring) < a.cfg.Window {
		a.ring = append(a.ring, x)
	} else {
		old := a.ring[a.next]
		a.inside[old.Reason]--
		a.before[old.Reason]++
		a.gone++
		a.ring[a.next] = x
		a.next = (a.next + 1) % a.cfg.Window
	}
	a.inside[x.Reason]++
	if len(a.ring) < a.cfg.Window || !watched(x.Reason) {
		return nil
	}
	return a.judge(x.Reason)
}

func (a *anomalies) judge(r schemas.Reason) *Anomaly {
	before := -1.0
	if a.gone >= a.cfg.Window {
		before = float64(a.before[r]) / float64(a.gone)
	}
	found := a.cfg.evidence(r, a.inside[r], a.latest(), before)
	if found != nil && a.gone > 0 {
		found.Before = float64(a.before[r]) / float64(a.gone)
	}
	return found
}

// latest is the rows of the window, the latest first.
func (a *anomalies) latest() []Item {
	rows := make([]Item, 0, len(a.ring))
	for i := range a.ring {
		rows = append(rows, a.ring[(a.next+len(a.ring)-1-i)%len(a.ring)])
	}
	return rows
}

// shownExamples is how many rows an anomaly names.
const shownExamples = 5

// evidence is what rows, the latest first, say of a reason that n of them have: nil, or an anomaly. before is the reason's
// share of those that went before; negative if they were too few to tell.
func (c AnomalyConfig) evidence(r schemas.Reason, n int, rows []Item, before float64) *Anomaly {
	limit := c.share(r.Class())
	share := float64(n) / float64(len(rows))
	if limit >= 1 || share < limit || share < c.Jump*before {
		return nil
	}
	found := schemas.Anomaly{Reason: r, Rows: n, Window: len(rows), Before: max(before, 0), Share: limit}
	domains := map[string]bool{}
	for _, x := range rows {
		if x.Reason != r {
			continue
		}
		if len(found.Examples) < shownExamples {
			found.Examples = append(found.Examples, schemas.Example{URL: short(x.URL), Detail: short(x.Detail)})
		}
		domains[fetch.Domain(x.URL)] = true
	}
	if found.Domains = len(domains); found.Domains < c.Domains {
		return nil
	}
	return &Anomaly{found}
}
