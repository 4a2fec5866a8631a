package extsort

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
)

type row struct {
	Key   int64 `parquet:"key"`
	Order int64 `parquet:"order"` // in which rows came; the comparison does not look at it
}

func byKey(a, b row) int { return cmp.Compare(a.Key, b.Key) }

func collect(t *testing.T, seq iter.Seq2[row, error]) []row {
	t.Helper()
	var out []row
	for r, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

func TestMergeIsStable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in [][]row }{
		{nil}, {[][]row{nil}}, {[][]row{nil, {{1, 1}}, nil}},
		{[][]row{{{1, 1}, {1, 2}, {3, 3}}, {{1, 4}, {2, 5}}, {{0, 6}, {1, 7}, {3, 8}}}},
		{[][]row{{{5, 1}}, {{4, 2}}, {{3, 3}}, {{2, 4}}}},
	} {
		var seqs []iter.Seq2[row, error]
		var want []row
		for _, rows := range c.in {
			seqs = append(seqs, values(rows))
			want = append(want, rows...)
		}
		slices.SortStableFunc(want, byKey)
		if got := collect(t, Merge(byKey, seqs...)); !slices.Equal(got, want) {
			t.Errorf("merge of %v: %v, want %v", c.in, got, want)
		}
	}
}

// failing yields rows and then an error, and notes when it has ended.
func failing(rows []row, err error, ended *bool) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		defer func() { *ended = true }()
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
		if err != nil {
			yield(row{}, err)
		}
	}
}

func TestMergeEnds(t *testing.T) {
	t.Parallel()
	bad := errors.New("bad run")
	for _, c := range []struct {
		name string
		rows []row
		err  error
		stop int // after so many rows; 0 = never
		want int // rows
	}{
		{"error at once", nil, bad, 0, 0},
		{"error in the middle", []row{{1, 1}, {2, 2}}, bad, 0, 4},
		{"reader stops", []row{{1, 1}, {2, 2}}, nil, 3, 3},
		{"to the end", []row{{1, 1}, {2, 2}}, nil, 0, 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var first, second bool
			n, errs := 0, 0
			for _, err := range Merge(byKey, failing([]row{{0, 0}, {1, 0}, {9, 0}}, nil, &first), failing(c.rows, c.err, &second)) {
				if err != nil {
					errs++
					if !errors.Is(err, bad) {
						t.Errorf("error %v", err)
					}
					continue
				}
				if n++; n == c.stop {
					break
				}
			}
			if n != c.want || (errs == 1) != (c.err != nil) || errs > 1 {
				t.Errorf("%d rows and %d errors, want %d rows", n, errs, c.want)
			}
			if !second || !first && c.name != "error at once" {
				t.Errorf("sequences were left open: %v, %v", first, second)
			}
		})
	}
}

func TestSorterSpills(t *testing.T) {
	t.Parallel()
	for _, memory := range []int64{1, 100, 1 << 20} {
		dir := t.TempDir()
		s := New(byKey, Config{Dir: dir, Memory: memory})
		r := rand.New(rand.NewPCG(1, uint64(memory)))
		var want []row
		for i := range int64(60) {
			x := row{Key: r.Int64N(9), Order: i}
			want = append(want, x)
			if err := s.Add(x, 16); err != nil {
				t.Fatal(err)
			}
		}
		slices.SortStableFunc(want, byKey)
		if spills := len(s.spilled); (spills > 0) != (memory < 1<<20) {
			t.Errorf("memory %d: %d runs spilled", memory, spills)
		}
		for range 2 { // a sorter can be read again
			if got := collect(t, s.Sorted(t.Context())); !slices.Equal(got, want) {
				t.Errorf("memory %d: %v, want %v", memory, got, want)
			}
		}
		if err := errors.Join(s.Close(), s.Close()); err != nil {
			t.Error(err)
		}
		if left, err := os.ReadDir(dir); len(left) > 0 || err != nil {
			t.Errorf("files left: %v, %v", left, err)
		}
	}
}

func TestSorterReportsTrouble(t *testing.T) {
	t.Parallel()
	s := New(byKey, Config{Dir: t.TempDir() + "/absent", Memory: 1})
	if err := s.Add(row{}, 1); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("spill into an absent folder: %v", err)
	}
	s = New(byKey, Config{Dir: t.TempDir(), Memory: 1})
	defer s.Close()
	if err := s.Add(row{}, 1); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range s.Sorted(ctx) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v after the end of its context", err)
		}
	}
}
