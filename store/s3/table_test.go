package s3_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"testing"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/s3/s3test"
	"pairmill/store/table"
)

// atHand hides that a store's objects are distant: tables are then read as from a disk.
type atHand struct{ store.Store }

func (s atHand) Open(ctx context.Context, key string) (store.Object, error) {
	o, err := s.Store.Open(ctx, key)
	if err != nil {
		return nil, err
	}
	return struct{ store.Object }{o}, nil
}

// A table is read in requests of some size, not in one for each buffer of each column.
func TestTablesTakeFewRequests(t *testing.T) {
	t.Parallel()
	const n = 20_000
	var file bytes.Buffer
	w, err := table.NewWriter[schemas.Row](&file, table.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for range n {
		row := schemas.Row{ID: rand.Text(), URL: "https://" + rand.Text() + "/" + rand.Text(), Captions: []schemas.Caption{{Text: rand.Text() + rand.Text(), Source: "alt"}},
			Key: rand.Text(), SHA256: rand.Text() + rand.Text(), Width: 256, Height: 256}
		if err := w.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	cfg, traffic := counted(own(t, s3test.Start(t)))
	s := open(t, cfg)
	put(t, s, "t", file.String())
	requests := func(s store.Store) int64 {
		before := traffic.requests.Load()
		rows, err := table.Collect(table.Read[schemas.Row](t.Context(), s, "t"))
		if len(rows) != n || err != nil {
			t.Fatal(len(rows), err)
		}
		return traffic.requests.Load() - before
	}
	before, after := requests(atHand{s}), requests(s)
	t.Logf("%d rows in %d bytes: %d requests, as from a disk %d", n, file.Len(), after, before)
	if after > 15 || before < 4*after {
		t.Errorf("%d bytes took %d requests, want at most 15; as from a disk %d, want four times as many", file.Len(), after, before)
	}
}
