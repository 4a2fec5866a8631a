package workers_test

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"testing"

	"pairmill/internal/content"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
	"pairmill/store/mem"
	"pairmill/workers"
	"pairmill/workers/workerstest"
)

func TestPipelineFromSiteToDataset(t *testing.T) {
	t.Parallel()
	site := workerstest.Site(t)
	s := mem.New()
	if err := (workerstest.Pipeline{Store: s, Spec: workerstest.Spec(site, "")}).Drive(t.Context()); err != nil {
		t.Fatal(err)
	}
	sum, err := workerstest.Summary(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	want := map[schemas.Reason]int64{
		schemas.DuplicateImage: 5, schemas.HTTPGone: 2, schemas.ImageTooSmall: 2, schemas.ImageTruncated: 2,
		schemas.OptOutHeader: 2, schemas.OptOutPage: 5, schemas.RobotsDisallowed: 2, schemas.CaptionPlaceholder: 2,
	}
	if !maps.Equal(sum.Dropped, want) {
		t.Errorf("dropped %v, want %v", sum.Dropped, want)
	}
	if sum.Balance() != 0 {
		t.Errorf("ledger is off by %d: %+v", sum.Balance(), sum)
	}
	t.Logf("%+v", sum)
}

// content is what must not change: the manifest, and the bytes of the published tars.
func outcome(t *testing.T, s store.Store) (manifest string, tars []string) {
	t.Helper()
	var b bytes.Buffer
	if _, err := content.Manifest(context.Background(), s, workerstest.Run, 0, &b); err != nil {
		t.Fatal(err)
	}
	for rec, err := range ledger.Group(context.Background(), s, workerstest.Run, schemas.TaskPublish, schemas.GroupAll) {
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range rec.Of(schemas.RoleTar) {
			tars = append(tars, o.SHA256.String())
		}
	}
	return b.String(), tars
}

func TestContentDoesNotDependOnWorkers(t *testing.T) {
	t.Parallel()
	site := workerstest.Site(t)
	var manifest string
	var tars []string
	for _, n := range []int{1, 4, 2} {
		s := mem.New()
		if err := (workerstest.Pipeline{Store: s, Spec: workerstest.Spec(site, ""), Workers: n}).Drive(t.Context()); err != nil {
			t.Fatal(err)
		}
		m, ts := outcome(t, s)
		if manifest == "" {
			manifest, tars = m, ts
		}
		if m != manifest {
			t.Errorf("%d workers: content manifest\n%s\nwant\n%s", n, m, manifest)
		}
		if !slices.Equal(ts, tars) {
			t.Errorf("%d workers: tars %v, want %v", n, ts, tars)
		}
	}
	if len(tars) == 0 || manifest == "" {
		t.Error("nothing was published")
	}
}

func TestDriveAgainDoesNothing(t *testing.T) {
	t.Parallel()
	site := workerstest.Site(t)
	s := mem.New()
	p := workerstest.Pipeline{Store: s, Spec: workerstest.Spec(site, "")}
	if err := p.Drive(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := site.Count("", "")
	p.Watch = failOnStart{t: t}
	if err := p.Drive(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := site.Count("", ""); n != before {
		t.Errorf("%d requests by a finished run", n-before)
	}
}

type failOnStart struct {
	workers.Unwatched
	t *testing.T
}

func (f failOnStart) Started(j schemas.Job, _ int) { f.t.Errorf("job %s started", j.ID()) }
