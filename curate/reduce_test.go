package curate

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"pairmill/schemas"
)

func seq[T any](rows []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// broken is a sequence that fails after its rows.
func broken[T any](err error, rows ...T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
		var zero T
		yield(zero, err)
	}
}

// reduced is what Reduce said of one group.
type reduced struct {
	winners    []schemas.WinnerRow
	duplicates []schemas.DuplicateRow
}

func reduce(t *testing.T, group string, rows []schemas.HashRow, index []schemas.IndexRow) (r reduced) {
	t.Helper()
	err := Reduce(group, 5, seq(rows), seq(index), Reduction{
		Winner:    func(w schemas.WinnerRow) error { r.winners = append(r.winners, w); return nil },
		Duplicate: func(d schemas.DuplicateRow) error { r.duplicates = append(r.duplicates, d); return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// randomGroup makes rows of few distinct images, so that many are equal.
func randomGroup(r *rand.Rand, group, images int) []schemas.HashRow {
	rows := make([]schemas.HashRow, r.IntN(40))
	for i := range rows {
		url := fmt.Sprintf("http://x.test/%d-%d", group, i)
		rows[i] = schemas.HashRow{
			SHA256: fmt.Sprintf("%064x", r.IntN(images)), ID: schemas.NewID(url, "text").String(), URL: url,
			Part: schemas.PartName(i % 3), Row: int32(i), Captions: []schemas.Caption{{Text: fmt.Sprint(i)}},
		}
	}
	return rows
}

// The naive way: a map of all images of all groups.
func TestReduceIsLikeAMap(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 1))
	for range 100 {
		images := 1 + r.IntN(30)
		winner := map[string]string{}
		for g := range 1 + r.IntN(4) {
			group := schemas.GroupName(g)
			rows := randomGroup(r, g, images)
			index := make([]schemas.IndexRow, 0, len(winner))
			for _, sum := range slices.Sorted(maps.Keys(winner)) {
				index = append(index, schemas.IndexRow{SHA256: sum, ID: winner[sum]})
			}
			slices.SortFunc(rows, CompareHashes)
			var want reduced
			for _, row := range rows {
				id, ok := winner[row.SHA256]
				if !ok {
					winner[row.SHA256] = row.ID
					want.winners = append(want.winners, schemas.WinnerRow{Part: row.Part, Row: row.Row, ID: row.ID, SHA256: row.SHA256})
					continue
				}
				parsed, err := schemas.ParseID(id)
				if err != nil {
					t.Fatal(err)
				}
				want.duplicates = append(want.duplicates, schemas.DuplicateRow{Order: Order(parsed, 5), Winner: id, ID: row.ID,
					Group: group, Part: row.Part, Row: row.Row, URL: row.URL, Captions: row.Captions})
			}
			if got := reduce(t, group, rows, index); !reflect.DeepEqual(got, want) {
				t.Fatalf("group %s: %+v, want %+v", group, got, want)
			}
		}
	}
}

func TestReduceFails(t *testing.T) {
	t.Parallel()
	bad := errors.New("bad")
	row := schemas.HashRow{SHA256: "aa", ID: schemas.NewID("u", "t").String()}
	ok := Reduction{Winner: func(schemas.WinnerRow) error { return nil }, Duplicate: func(schemas.DuplicateRow) error { return nil }}
	refuse := Reduction{Winner: func(schemas.WinnerRow) error { return bad }, Duplicate: func(schemas.DuplicateRow) error { return bad }}
	for name, err := range map[string]error{
		"rows":      Reduce("g", 1, broken(bad, row), seq[schemas.IndexRow](nil), ok),
		"index":     Reduce("g", 1, seq([]schemas.HashRow{row}), broken[schemas.IndexRow](bad), ok),
		"winner":    Reduce("g", 1, seq([]schemas.HashRow{row}), seq[schemas.IndexRow](nil), refuse),
		"duplicate": Reduce("g", 1, seq([]schemas.HashRow{row}), seq([]schemas.IndexRow{{SHA256: "aa", ID: row.ID}}), refuse),
	} {
		if !errors.Is(err, bad) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if err := Reduce("g", 1, seq([]schemas.HashRow{row}), seq([]schemas.IndexRow{{SHA256: "aa", ID: "no id"}}), ok); err == nil {
		t.Error("an index without ids was taken")
	}
}

func TestBucketKeepsEqualImagesTogether(t *testing.T) {
	t.Parallel()
	for _, buckets := range []int{0, 1, 2, 7, 1000} {
		seen := map[int]int{}
		for i := range 5000 {
			sum := schemas.NewID(fmt.Sprint(i), "").String()
			b := Bucket(sum, buckets)
			if b < 0 || b >= max(1, buckets) || b != Bucket(sum, buckets) {
				t.Fatalf("%s is in bucket %d of %d", sum, b, buckets)
			}
			seen[b]++
		}
		for b, n := range seen {
			if mean := 5000 / max(1, buckets); n > 5*mean {
				t.Errorf("%d of 5000 in bucket %d of %d", n, b, buckets)
			}
		}
	}
	for _, odd := range []string{"", "abc", "zzzzzzzzzz"} {
		if b := Bucket(odd, 10); b != 0 {
			t.Errorf("%q is in bucket %d", odd, b)
		}
	}
}
