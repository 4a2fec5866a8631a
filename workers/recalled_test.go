package workers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/keyed"
	"pairmill/store/mem"
)

// recalledFile is a keyed file of what is known of URLs.
func recalledFile(t *testing.T, known ...schemas.Recalled) *keyed.File {
	t.Helper()
	values := map[keyed.Key][]byte{}
	for _, r := range known {
		value, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		values[recallKey(r.URL)] = value
	}
	var b bytes.Buffer
	w := keyed.NewWriter(&b)
	for _, k := range slices.SortedFunc(maps.Keys(values), func(a, b keyed.Key) int { return bytes.Compare(a[:], b[:]) }) {
		if err := w.Add(k, values[k]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	s := mem.New()
	if _, err := s.Put(t.Context(), "x.keyed", store.Bytes(b.Bytes())); err != nil {
		t.Fatal(err)
	}
	f, err := keyed.Open(t.Context(), s, "x.keyed")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// TestTheLastAnswerCounts, in whatever group it came; that nothing can be taken over is an answer too, and an opt-out is the last one.
func TestTheLastAnswerCounts(t *testing.T) {
	t.Parallel()
	const url = "http://a.test/x.jpg"
	kept := func(at int64) schemas.Recalled {
		return schemas.Recalled{URL: url, AskedMS: at, Since: fmt.Sprint("run-", at)}
	}
	gone := func(at int64) schemas.Recalled { return schemas.Recalled{URL: url, AskedMS: at} }
	for _, c := range []struct {
		name   string
		groups []schemas.Recalled
		want   string
	}{
		{"one", []schemas.Recalled{kept(5)}, "run-5"},
		{"the later of two", []schemas.Recalled{kept(5), kept(7)}, "run-7"},
		{"in any order", []schemas.Recalled{kept(7), kept(5)}, "run-7"},
		{"gone since", []schemas.Recalled{kept(5), gone(7)}, ""},
		{"back again", []schemas.Recalled{gone(5), kept(7)}, "run-7"},
		{"refused by its header", []schemas.Recalled{gone(math.MaxInt64), kept(7)}, ""},
	} {
		m := &recollection{}
		for _, r := range c.groups {
			m.pictures = append(m.pictures, recalledFile(t, r, schemas.Recalled{URL: "http://b.test/", AskedMS: 1, Since: "other"}))
		}
		found, err := m.findPictures(t.Context(), []string{"http://a.test/absent.jpg", url})
		got := ""
		if r := found[url]; r != nil {
			got = r.Since
		}
		if err != nil || got != c.want || len(found) > 1 {
			t.Errorf("%s: %q, %d found, %v; want %q", c.name, got, len(found), err, c.want)
		}
	}
}

// TestRecallable: of what a row was dropped for, only what follows from its bytes and the spec is taken over.
func TestRecallable(t *testing.T) {
	t.Parallel()
	for reason, want := range map[schemas.Reason]bool{
		schemas.Kept: true, schemas.ImageTooSmall: true, schemas.ImageAspect: true, schemas.ImageCorrupt: false, schemas.DecoderCrash: false,
		schemas.Damaged: false, schemas.OptOutHeader: false, schemas.HTTPGone: false, schemas.FeaturesMissing: false,
	} {
		row := schemas.Row{URL: "http://a.test/x", Reason: string(reason), SHA256: "1"}
		r := recalled("first", "x.tar", &row, schemas.Observation{StartedMS: 5})
		if (r.Since != "") != want || (r.Tar != "") != (reason == schemas.Kept) {
			t.Errorf("%q: %+v", reason, r)
		}
		if reason == schemas.OptOutHeader && r.AskedMS != math.MaxInt64 || reason != schemas.OptOutHeader && r.AskedMS != 5 {
			t.Errorf("%q: asked at %d", reason, r.AskedMS)
		}
	}
	// What was taken over unasked was asked for when it was, and received where it was.
	row := schemas.Row{SHA256: "1"}
	if r := recalled("second", "x.tar", &row, schemas.Observation{StartedMS: 9, AskedMS: 5, Since: "first"}); r.AskedMS != 5 || r.Since != "first" {
		t.Errorf("%+v", r)
	}
}

func TestFresh(t *testing.T) {
	t.Parallel()
	at := func(age time.Duration) *schemas.Recalled {
		return &schemas.Recalled{AskedMS: time.Now().Add(-age).UnixMilli()}
	}
	for _, c := range []struct {
		name  string
		fresh time.Duration
		known *schemas.Recalled
		retry bool
		want  bool
	}{
		{"unknown", time.Hour, nil, false, false},
		{"lately", time.Hour, at(time.Minute), false, true},
		{"long ago", time.Hour, at(2 * time.Hour), false, false},
		{"never fresh", 0, at(0), false, false},
		{"by a clock that is ahead", 0, at(-time.Hour), false, false},
		{"by a clock that is ahead, and fresh", time.Hour, at(-time.Hour), false, false},
		{"asked again", time.Hour, at(time.Minute), true, false},
	} {
		run := &Run{Spec: schemas.Spec{Fetch: schemas.Fetch{Fresh: schemas.Duration(c.fresh)}}}
		if c.retry {
			run.Generation.Retry = []schemas.Reason{schemas.Timeout}
		}
		if got := (&fetching{run: run}).fresh(c.known); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
	}
}
