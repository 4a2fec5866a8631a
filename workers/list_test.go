package workers_test

import (
	"bytes"
	"maps"
	"testing"

	"pairmill/schemas"
	"pairmill/store/mem"
	"pairmill/workers/workerstest"
)

func TestPipelineFromListToShards(t *testing.T) {
	t.Parallel()
	site := workerstest.Site(t)
	s := mem.New()
	if err := (workerstest.Pipeline{Store: s, Spec: workerstest.ListSpec(workerstest.List(t, site))}).Drive(t.Context()); err != nil {
		t.Fatal(err)
	}
	sum, err := workerstest.Summary(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	want := map[schemas.Reason]int64{
		schemas.HTTPGone: 2, schemas.ImageTooSmall: 2, schemas.ImageTruncated: 2, schemas.OptOutHeader: 2, schemas.RobotsDisallowed: 2, schemas.URLInvalid: 1,
	}
	if sum.Candidates != 27 || sum.Kept != 16 || !maps.Equal(sum.Dropped, want) || sum.Balance() != 0 {
		t.Errorf("%+v, off by %d; want 16 of 27 kept and dropped %v", sum, sum.Balance(), want)
	}
}

// A list can feed a dataset too. It may hold the same pair twice; each row still ends in one state.
func TestPipelineFromListToDataset(t *testing.T) {
	t.Parallel()
	site := workerstest.Site(t)
	s := mem.New()
	spec := workerstest.ListSpec(workerstest.List(t, site))
	spec = bytes.Replace(spec, []byte("embed: {model: \"\"}\ndeliver: {format: webdataset}\n"), []byte("dataset: {shard_samples: 3}\n"), 1)
	if err := (workerstest.Pipeline{Store: s, Spec: spec}).Drive(t.Context()); err != nil {
		t.Fatal(err)
	}
	sum, err := workerstest.Summary(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	// Of the pictures that arrive, four colours stand on both hosts and one photograph on each; the rest are the same again.
	if sum.Candidates != 27 || sum.Rows != 6 || sum.Dropped[schemas.DuplicateImage] != 10 || sum.Balance() != 0 {
		t.Errorf("%+v, off by %d; want 27 candidates, 6 rows, 10 duplicates", sum, sum.Balance())
	}
}
