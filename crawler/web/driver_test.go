package web

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"pairmill/fetch"
	"pairmill/schemas"
)

// driver does in memory what the handlers in workers do over a store: it keeps each lane's state and runs, and hands
// outboxes over between epochs.
type driver struct {
	t       *testing.T
	c       *Crawler
	order   *rand.Rand // in which lanes of an epoch run; nil = by number
	lanes   map[int]*laneStore
	inbox   map[int][]Finds
	pages   []schemas.Page // in the order of epochs, lanes and steps
	fresh   []schemas.Candidate
	counts  schemas.Counts
	images  Images
	opened  []Allotment
	longest int // frontier
}

type laneStore struct {
	state                    State
	pages, pictures, optOuts [][]byte
	epochPages               []schemas.Page
	epochFresh               []schemas.Candidate
}

func (l *laneStore) memory(t *testing.T) Memory {
	t.Helper()
	return Memory{seenOf(t, l.pages), seenOf(t, l.pictures), seenOf(t, l.optOuts)}
}

func seenOf(t *testing.T, runs [][]byte) Seen {
	t.Helper()
	s, err := NewSeen(runs...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (l *laneStore) remember(r Runs) {
	l.pages = compact(l.pages, r.Pages)
	l.pictures = compact(l.pictures, r.Candidates)
	l.optOuts = compact(l.optOuts, r.OptOuts)
}

// compact adds a run and merges by plan.
func compact(runs [][]byte, run []byte) [][]byte {
	if len(run) == 0 {
		return runs
	}
	runs = append(slices.Clone(runs), run)
	var sizes []int64
	for _, r := range runs {
		sizes = append(sizes, int64(len(r)))
	}
	from := MergePlan(sizes)
	return append(runs[:from:from], MergeRuns(runs[from:]...))
}

func newDriver(t *testing.T, f Fetcher, cfg Config, order *rand.Rand) *driver {
	t.Helper()
	c, err := New(f, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return &driver{t: t, c: c, order: order, lanes: map[int]*laneStore{}, inbox: map[int][]Finds{}}
}

// crawl runs to the end and checks what must hold in any crawl.
func (d *driver) crawl() *driver {
	d.t.Helper()
	boxes, epoch := d.c.Start()
	d.deliver(boxes)
	for !epoch.Over() {
		d.opened = append(d.opened, epoch)
		if epoch.Epoch > 10_000 {
			d.t.Fatal("the crawl does not end")
		}
		epoch = d.c.Allot(epoch, d.runEpoch(epoch))
	}
	d.check()
	return d
}

func (d *driver) deliver(boxes []Outbox) {
	for _, b := range boxes {
		d.inbox[b.Lane] = append(d.inbox[b.Lane], b.Finds)
	}
}

func (d *driver) runEpoch(epoch Allotment) []Ended {
	shares := slices.Clone(epoch.Lanes)
	if d.order != nil {
		d.order.Shuffle(len(shares), func(i, j int) { shares[i], shares[j] = shares[j], shares[i] })
	}
	inbox := d.inbox
	d.inbox = map[int][]Finds{}
	var ended []Ended
	for _, s := range shares {
		boxes := d.runLane(s, inbox[s.Lane])
		d.deliver(boxes)
		ended = append(ended, End(d.lanes[s.Lane].state, boxes))
	}
	for _, s := range epoch.Lanes {
		l := d.lanes[s.Lane]
		d.pages = append(d.pages, l.epochPages...)
		d.fresh = append(d.fresh, l.epochFresh...)
		l.epochPages, l.epochFresh = nil, nil
	}
	return ended
}

func (d *driver) runLane(share Share, inbox []Finds) []Outbox {
	if d.lanes[share.Lane] == nil {
		d.lanes[share.Lane] = &laneStore{}
	}
	l := d.lanes[share.Lane]
	if d.order != nil {
		d.order.Shuffle(len(inbox), func(i, j int) { inbox[i], inbox[j] = inbox[j], inbox[i] })
	}
	g := d.c.Gather(l.state, l.memory(d.t), share, inbox)
	l.state, l.epochFresh = g.State, g.Fresh
	l.remember(g.Seen)
	var finds []Finds
	for d.c.More(l.state) {
		w, err := d.c.Walk(context.Background(), l.state, l.memory(d.t), nil)
		if err != nil {
			d.t.Fatal(err)
		}
		l.remember(w.Seen)
		l.state = w.State
		l.epochPages = append(l.epochPages, w.Pages...)
		finds = append(finds, w.Finds)
		d.counts.Add(w.Counts)
		d.images.add(w.Images)
		d.longest = max(d.longest, len(w.State.Frontier))
	}
	return d.c.Route(finds)
}

// check asserts the promises that need no knowledge of the site.
func (d *driver) check() {
	d.t.Helper()
	planned, hosts := map[string]bool{}, map[string]int64{}
	for _, p := range d.pages {
		if planned[p.URL] {
			d.t.Errorf("planned twice: %s", p.URL)
		}
		planned[p.URL] = true
		hosts[fetch.HostKey(p.URL)]++
		if p.Depth > d.c.cfg.Web.MaxDepth {
			d.t.Errorf("depth %d: %s", p.Depth, p.URL)
		}
		if !schemas.Reason(p.Reason).Valid() {
			d.t.Errorf("reason %q of %s is not in the list", p.Reason, p.URL)
		}
	}
	if got := int64(len(d.pages)); got > d.c.cfg.Web.MaxPages || int64(d.longest) > d.c.cfg.Web.MaxPages {
		d.t.Errorf("%d pages, frontier of %d: max_pages is %d", got, d.longest, d.c.cfg.Web.MaxPages)
	}
	if limit := d.c.cfg.Web.MaxPagesPerHost; limit > 0 {
		for host, n := range hosts {
			if n > limit {
				d.t.Errorf("%d pages on %s: max_pages_per_host is %d", n, host, limit)
			}
		}
	}
	d.checkCandidates()
	i := d.images
	if i.All != i.Candidates+i.NoAlt+i.BlankAlt+i.BadURL+i.Repeated {
		d.t.Errorf("images do not add up: %+v", i)
	}
}

func (d *driver) checkCandidates() {
	d.t.Helper()
	refused, seen := map[string]bool{}, map[string]bool{}
	for _, c := range d.fresh {
		if seen[c.ID] && (c.OptOut == "" || refused[c.ID]) {
			d.t.Errorf("emitted again without news: %+v", c)
		}
		seen[c.ID] = true
		refused[c.ID] = refused[c.ID] || c.OptOut != ""
	}
}

func (d *driver) pageURLs() []string {
	var out []string
	for _, p := range d.pages {
		out = append(out, p.URL)
	}
	slices.Sort(out)
	return out
}

func (d *driver) candidateIDs() []string {
	var out []string
	for _, c := range d.fresh {
		out = append(out, c.ID)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
