package workers

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"pairmill/cluster"
	"pairmill/schemas"
)

// foundBy is a sentry and what it has found.
type foundBy struct {
	*Sentry
	found []string
}

func newFoundBy() *foundBy {
	f := &foundBy{}
	f.Sentry = NewSentry(func(run string, term int, a *Anomaly) {
		f.found = append(f.found, fmt.Sprintf("%s %d %s", run, term, a.Reason))
	}, Unwatched{})
	return f
}

var narrow = AnomalyConfig{Window: 40, Domains: 5}

func fetchOf(run, name string) schemas.Job {
	return schemas.NewJob(run, schemas.TaskFetch, "g00000", name, "")
}

// feed gives a job n rows of many domains, and ends none.
func (f *foundBy) feed(job schemas.Job, n, domains int, r schemas.Reason) {
	for i := range n {
		f.Row(job, Item{URL: fmt.Sprintf("http://img.d%d.test/%d.jpg", i%domains, i), Reason: r, Detail: "because"})
	}
}

// TestSentry: each run has a window of its own, which begins anew in each term, and tells once of what it finds.
func TestSentry(t *testing.T) {
	t.Parallel()
	f := newFoundBy()
	f.Watch("a", 1, narrow)
	f.Watch("b", 3, narrow)
	f.feed(fetchOf("b", "00000"), 40, 20, schemas.Kept)
	f.feed(fetchOf("a", "00000"), 39, 20, schemas.DNSError)
	if len(f.found) != 0 {
		t.Fatalf("before there is a window: %q", f.found)
	}
	if f.Watch("a", 1, narrow) {
		t.Error("the same term is another one")
	}
	f.feed(fetchOf("a", "00001"), 100, 20, schemas.DNSError)
	want := "[a 1 dns_error]"
	if got := fmt.Sprint(f.found); got != want {
		t.Fatalf("found %s, want %s", got, want)
	}
	seen := f.Watches()
	if len(seen) != 2 || seen[0].Run != "a" || seen[0].Anomaly == nil || seen[0].Anomaly.Rows != 40 || seen[0].Reasons[schemas.DNSError] != 40 || seen[1].Anomaly != nil || !seen[1].Telling || seen[1].Rows != 40 {
		t.Errorf("it tells %+v", seen)
	}
	if !f.Watch("a", 2, narrow) {
		t.Error("it was resumed, and that is not told")
	}
	if seen := f.Watches(); len(seen) != 1 {
		t.Errorf("in another term: %+v", seen)
	}
	f.feed(fetchOf("a", "00002"), 39, 20, schemas.DNSError)
	f.Anew("a")
	f.Anew("nobody")
	f.feed(fetchOf("a", "00003"), 39, 20, schemas.DNSError)
	if len(f.found) != 1 {
		t.Errorf("a window of rows of two terms: %q", f.found)
	}
	off := narrow
	off.Share = 1
	f.Watch("a", 2, off)
	f.feed(fetchOf("a", "00004"), 100, 20, schemas.DNSError)
	f.Row(schemas.NewJob("c", schemas.TaskWalk, "l000", "00000", ""), Item{URL: "http://d.test/", Reason: schemas.DNSError})
	if len(f.found) != 1 || len(f.Watches()) != 2 {
		t.Errorf("turned off, and of a page: %q, %+v", f.found, f.Watches())
	}
	// Five rows of four domains tell nothing, nor do three rows of many.
	for _, c := range []struct {
		rows, domains int
		telling       bool
	}{{5, 4, false}, {3, 20, false}, {5, 5, true}} {
		f.Watch("d", c.rows+10*c.domains, narrow)
		f.feed(fetchOf("d", "00000"), c.rows, c.domains, schemas.Kept)
		for _, w := range f.Watches() {
			if w.Run == "d" && w.Telling != c.telling {
				t.Errorf("%+v: %+v", c, w)
			}
		}
	}
}

// TestDoubtfulShards: a shard smaller than a window is not believed at once if most of its rows have one reason.
func TestDoubtfulShards(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		before  schemas.Reason // of 100 rows of other shards
		share   float64
		rows    int
		domains int
		reason  schemas.Reason
		attempt int
		doubt   bool
	}{
		{"a burnt shard of a new worker", "-", 0, 10, 10, schemas.DNSError, 1, true},
		{"after a healthy start", schemas.Kept, 0, 10, 10, schemas.DNSError, 1, true},
		{"the same of a new worker, once more", "-", 0, 10, 10, schemas.DNSError, 2, true},
		{"the same of a new worker, a third time", "-", 0, 10, 10, schemas.DNSError, 3, false},
		{"the same, once more", schemas.Kept, 0, 10, 10, schemas.DNSError, 2, false},
		{"a healthy one", schemas.Kept, 0, 10, 10, schemas.Kept, 1, false},
		{"one site that is down", schemas.Kept, 0, 10, 4, schemas.DNSError, 1, false},
		{"a filter that drops all", schemas.Kept, 0, 10, 10, schemas.ImageTooSmall, 1, false},
		{"what was always like that", schemas.DNSError, 0.6, 10, 10, schemas.DNSError, 1, false},
		{"a window itself is the judge of so many", "-", 1, 40, 10, schemas.DNSError, 1, false},
		{"turned off", "-", 1, 10, 10, schemas.DNSError, 1, false},
	} {
		f := newFoundBy()
		cfg := narrow
		cfg.Share = c.share
		f.Watch("a", 1, cfg)
		if c.before != "-" {
			f.feed(fetchOf("a", "00000"), 100, 20, c.before)
			f.Ended(fetchOf("a", "00000"))
		}
		job := fetchOf("a", "00001")
		f.feed(job, c.rows, c.domains, c.reason)
		err := f.Vet(withAttempt(t.Context(), c.attempt), job)
		var a *Anomaly
		if errors.Is(err, errDoubtful) != c.doubt || (err != nil) != c.doubt || c.doubt && (!errors.As(err, &a) || a.Rows != c.rows) {
			t.Errorf("%s: %v", c.name, err)
		}
		f.Ended(job)
		if err := f.Vet(t.Context(), job); err != nil {
			t.Errorf("%s, after its end: %v", c.name, err)
		}
	}
	if err := newFoundBy().Vet(context.Background(), fetchOf("nobody", "00000")); err != nil {
		t.Error(err)
	}
}

// TestWatchesFit: a member that sees very much tells of its anomalies all the same.
func TestWatchesFit(t *testing.T) {
	t.Parallel()
	f := newFoundBy()
	for i := range 4000 {
		run := fmt.Sprintf("run-%04d-%050d", i, i)
		f.Watch(run, 1, narrow)
		f.feed(fetchOf(run, "00000"), 5, 5, schemas.Timeout)
	}
	f.Watch("zebra", 1, narrow)
	f.feed(fetchOf("zebra", "00000"), 40, 5, schemas.Timeout)
	text, err := cluster.Member{ID: "w", Watches: f.Watches()}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	m, err := cluster.DecodeMember(text)
	if err != nil || len(m.Watches) == 0 || len(m.Watches) > 4000 || m.Watches[0].Run != "zebra" || m.Watches[0].Anomaly == nil {
		t.Errorf("%d watches, %v", len(m.Watches), err)
	}
}
