package table

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"

	"pairmill/store"
)

// distance makes a store's objects distant and counts what is asked of them.
type distance struct {
	store.Store
	stride           int64
	requests, loaded atomic.Int64
}

func (d *distance) Open(ctx context.Context, key string) (store.Object, error) {
	o, err := d.Store.Open(ctx, key)
	if err != nil {
		return nil, err
	}
	return distantObject{o, d}, nil
}

type distantObject struct {
	store.Object
	of *distance
}

func (o distantObject) Stride() int64 { return o.of.stride }

func (o distantObject) ReadAt(p []byte, off int64) (int, error) {
	o.of.requests.Add(1)
	o.of.loaded.Add(int64(len(p)))
	return o.Object.ReadAt(p, off)
}

// Goroutines share what a table has read.
func TestDistantTableIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	all := examples(400)
	tab, err := Open[everything](t.Context(), &distance{Store: stored(t, encode(t, Config{Vectors: vectors, RowGroupRows: 64}, all...)), stride: 1 << 20}, "t")
	if err != nil {
		t.Fatal(err)
	}
	defer tab.Close()
	var wg sync.WaitGroup
	for i := range int64(16) {
		wg.Go(func() {
			from := 64 + i%2*3
			if got, err := collect(t, tab, from, from+50); err != nil || !reflect.DeepEqual(got, all[from:from+50]) {
				t.Errorf("rows from %d: %v", from, err)
			}
		})
	}
	wg.Wait()
}

// Rows from anywhere are the same from far away, whatever the pieces are.
func TestRangeFromFarAway(t *testing.T) {
	t.Parallel()
	const n = 2000
	all := examples(n)
	s := stored(t, encode(t, Config{Vectors: vectors, RowGroupRows: 900}, all...))
	r := rand.New(rand.NewPCG(1, 1))
	for _, stride := range []int64{1, 300, 20_000, 1 << 20} {
		tab, err := Open[everything](t.Context(), &distance{Store: s, stride: stride}, "t")
		if err != nil {
			t.Fatal(err)
		}
		defer tab.Close()
		for range 8 {
			from := r.Int64N(n)
			to := from + r.Int64N(min(n-from, 1000)+1)
			if got, err := collect(t, tab, from, to); err != nil || int64(len(got)) != to-from || len(got) > 0 && !reflect.DeepEqual(got, all[from:to]) {
				t.Errorf("stride %d, rows %d to %d: %d rows, %v", stride, from, to, len(got), err)
			}
		}
		if n, err := Check(t.Context(), &distance{Store: s, stride: stride}, "t"); n != int64(len(all)) || err != nil {
			t.Errorf("stride %d: check %d, %v", stride, n, err)
		}
	}
}

// counted is a file that notes what is asked of it.
type counted struct {
	size     int64
	requests []span
}

func (c *counted) ReadAt(p []byte, at int64) (int, error) {
	c.requests = append(c.requests, span{at, at + int64(len(p))})
	if at+int64(len(p)) > c.size {
		return 0, io.ErrUnexpectedEOF
	}
	for i := range p {
		p[i] = byte((at + int64(i)) * 7)
	}
	return len(p), nil
}

// heldBy is how much the readers may hold.
func heldBy(readers []io.ReaderAt) (n int64) {
	seen := map[*piece]bool{}
	for _, r := range readers {
		switch r := r.(type) {
		case *window:
			n += r.most
		case *piece:
			if !seen[r] {
				n += r.size()
			}
			seen[r] = true
		}
	}
	return n
}

// What is read ahead stays within the budget, is read once, and comes in few requests.
func TestShare(t *testing.T) {
	t.Parallel()
	const budget, stride = 4000, 1000
	for name, c := range map[string]struct {
		spans    []span
		whole    bool
		requests int
	}{
		"all of it":            {[]span{{4, 500}, {500, 900}, {900, 3900}}, true, 1},
		"a part":               {[]span{{4, 400}, {400, 900}}, false, 2},
		"none":                 {nil, true, 0},
		"nothing":              {[]span{{}, {}}, true, 0},
		"a gap":                {[]span{{4, 500}, {700, 900}}, true, 1},
		"a gap of a stride":    {[]span{{4, 500}, {1600, 1700}}, true, 2},
		"in another order":     {[]span{{900, 3900}, {4, 500}, {500, 900}}, true, 1},
		"twice the same":       {[]span{{4, 500}, {4, 500}}, true, 1},
		"one large":            {[]span{{4, 16_004}}, true, 6}, // windows of 3,000
		"small ones and large": {[]span{{4, 204}, {204, 404}, {404, 10_404}, {10_404, 20_404}}, true, 1 + 2*8},
		"a part of one":        {[]span{{4, 16_004}}, false, 6},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := &counted{size: 1 << 20}
			readers := share(file, c.spans, budget, stride, c.whole)
			if n := heldBy(readers); n > budget {
				t.Errorf("%d bytes may be held, the budget is %d", n, budget)
			}
			pos := make([]int64, len(c.spans))
			for left := true; left; { // all columns advance together
				left = false
				for i, s := range c.spans {
					b := make([]byte, min(37, s.size()-pos[i]))
					if len(b) == 0 {
						continue
					}
					if n, err := readers[i].ReadAt(b, s.at+pos[i]); n != len(b) || err != nil {
						t.Fatalf("span %d at %d: %d of %d bytes, %v", i, pos[i], n, len(b), err)
					}
					for k, v := range b {
						if want := byte((s.at + pos[i] + int64(k)) * 7); v != want {
							t.Fatalf("span %d at %d: %d, want %d", i, pos[i]+int64(k), v, want)
						}
					}
					pos[i] += int64(len(b))
					left = true
				}
			}
			if len(file.requests) != c.requests {
				t.Errorf("%d requests, want %d: %v", len(file.requests), c.requests, file.requests)
			}
		})
	}
}

// Of a group that is read in part, a window begins small and doubles while it is read on.
func TestWindowGrows(t *testing.T) {
	t.Parallel()
	file := &counted{size: 1 << 20}
	w := &window{r: file, span: span{1000, 100_000}, size: 500, most: 3000}
	at := int64(1000)
	for range 120 {
		b := make([]byte, 100)
		if n, err := w.ReadAt(b, at); n != 100 || err != nil {
			t.Fatal(n, err)
		}
		at += 100
	}
	sizes := []int64{}
	for _, r := range file.requests {
		sizes = append(sizes, r.size())
	}
	if want := []int64{500, 1000, 2000, 3000, 3000, 3000}; !reflect.DeepEqual(sizes, want) {
		t.Errorf("requests of %v bytes, want %v", sizes, want)
	}
	for _, r := range []span{{50_000, 50_010}, {99_990, 100_000}, {60_000, 69_000}, {99_000, 101_000}, {10, 20}} {
		b := make([]byte, r.size())
		if n, err := w.ReadAt(b, r.at); n != len(b) || err != nil || b[n-1] != byte((r.end-1)*7) {
			t.Errorf("%v: %d bytes, %v", r, n, err)
		}
	}
}

// An object that ends before its footer says is an error, and stays one.
func TestAheadOfTheEnd(t *testing.T) {
	t.Parallel()
	for _, r := range []io.ReaderAt{&piece{r: &counted{size: 50}, span: span{0, 100}}, &window{r: &counted{size: 50}, span: span{0, 100}, size: 100, most: 100}} {
		for range 2 {
			if n, err := r.ReadAt(make([]byte, 10), 10); n != 0 || !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%T: %d bytes, %v", r, n, err)
			}
		}
	}
}

// The page indexes of a group's columns come together, also where they stand before what Open has read.
func TestIndexesComeTogether(t *testing.T) {
	t.Parallel()
	d := &distance{Store: stored(t, encode(t, Config{Vectors: vectors, RowGroupRows: 50}, examples(2000)...)), stride: 1 << 20}
	tab, err := Open[everything](t.Context(), d, "t")
	if err != nil {
		t.Fatal(err)
	}
	defer tab.Close()
	if tab.tail.at < tab.tail.size-tailBytes && d.requests.Load() != 2 {
		t.Fatalf("a footer of %d bytes: %d requests", len(tab.tail.end), d.requests.Load())
	}
	before := d.requests.Load()
	if got, err := collect(t, tab, 1010, 1030); len(got) != 20 || err != nil {
		t.Fatal(len(got), err)
	}
	if n := d.requests.Load() - before; n != 2 {
		t.Errorf("%d requests for rows from the middle of a group, want one for page indexes and one for pages", n)
	}
	before = d.requests.Load()
	for i := int64(1000); i < 1050; i += 7 { // as a binary search does
		if got, err := collect(t, tab, i, i+1); len(got) != 1 || err != nil {
			t.Fatal(len(got), err)
		}
	}
	if n := d.requests.Load() - before; n != 0 {
		t.Errorf("%d requests for single rows of a group that was read before, want none", n)
	}
}

// The number of requests for a table that is read whole, against that of one that is at hand.
func TestFewRequests(t *testing.T) {
	t.Parallel()
	s := stored(t, encode(t, Config{Vectors: vectors}, examples(6_000)...))
	o, err := s.Open(t.Context(), "t")
	if err != nil {
		t.Fatal(err)
	}
	size := o.Info().Size
	o.Close()
	count := func(stride int64) int64 {
		d := &distance{Store: s, stride: stride}
		if rows, err := readOnce[everything](d); len(rows) != 6_000 || err != nil {
			t.Fatal(len(rows), err)
		}
		if d.loaded.Load() > size+size/2+2*tailBytes {
			t.Errorf("stride %d: %d bytes asked for of %d", stride, d.loaded.Load(), size)
		}
		return d.requests.Load()
	}
	near, far := count(0), count(1<<20)
	if most := 2 + size>>19; far > most || near < 4*far {
		t.Errorf("%d bytes took %d requests from far away, want at most %d; %d pieces at hand, want four times as many", size, far, most, near)
	}
	t.Logf("%d bytes: %d requests, %d pieces at hand", size, far, near)
}
