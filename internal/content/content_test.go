package content

import (
	"bytes"
	"context"
	"iter"
	"slices"
	"testing"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
	"pairmill/store/mem"
	"pairmill/store/table"
)

func sequence(lines []Line) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		for _, l := range lines {
			if !yield(l, nil) {
				return
			}
		}
	}
}

func TestStates(t *testing.T) {
	t.Parallel()
	kept := func(ids ...string) (out []Line) {
		for _, id := range ids {
			out = append(out, Line{ID: id})
		}
		return out
	}
	tests := map[string]struct {
		lines, duplicates, decisions []Line
		want                         []string // id, reason and duplicate of each
	}{
		"one of each": {
			kept("a", "b", "c"), []Line{{ID: "b", Reason: "dup", DuplicateOf: "a"}}, []Line{{ID: "a"}, {ID: "c", Reason: "low"}},
			[]string{"a  ", "b dup a", "c low "},
		},
		"a pair twice, the second a duplicate": {
			kept("a", "a"), []Line{{ID: "a", Reason: "dup", DuplicateOf: "a"}}, []Line{{ID: "a", Reason: "low"}},
			[]string{"a dup a", "a low "},
		},
		"three times": {
			kept("a", "a", "a", "b"), []Line{{ID: "a", Reason: "dup", DuplicateOf: "a"}, {ID: "a", Reason: "dup", DuplicateOf: "a"}},
			[]Line{{ID: "a"}, {ID: "b", Reason: "low"}}, []string{"a dup a", "a dup a", "a  ", "b low "},
		},
		"one that fetch dropped takes nothing": {
			[]Line{{ID: "a"}, {ID: "a", Reason: "timeout"}}, []Line{{ID: "a", Reason: "dup", DuplicateOf: "z"}}, nil,
			[]string{"a dup z", "a timeout "},
		},
		"words of rows that are not there": {
			kept("b"), []Line{{ID: "a", Reason: "dup"}, {ID: "c", Reason: "dup"}}, []Line{{ID: "a", Reason: "low"}}, []string{"b  "},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for l, err := range states(sequence(test.lines), sequence(test.duplicates), sequence(test.decisions)) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, l.ID+" "+l.Reason+" "+l.DuplicateOf)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// fetched commits a fetch of rows with these reasons.
func fetched(t *testing.T, s store.Store, generation int, name string, rows ...schemas.Row) {
	t.Helper()
	var b bytes.Buffer
	w, err := table.NewWriter[schemas.Row](&b, table.Config{})
	if err == nil {
		err = w.Write(rows...)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	job := schemas.NewJob("r", schemas.TaskFetch, "g00000", name, "")
	job.Generation = generation
	tx := ledger.Begin(s, job, "")
	defer tx.Close()
	if _, err := tx.Put(t.Context(), name+".parquet", store.Bytes(b.Bytes()), schemas.Object{Role: schemas.RoleTable}); err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestARowThatWasTakenAgainStandsOnce(t *testing.T) {
	t.Parallel()
	s := mem.New()
	timeout, gone := string(schemas.Timeout), string(schemas.HTTPGone)
	fetched(t, s, 0, "00000", schemas.Row{ID: "a"}, schemas.Row{ID: "b", Reason: timeout}, schemas.Row{ID: "c", Reason: gone})
	before := manifest(t, s, 0)
	if err := ledger.PutGeneration(t.Context(), s, "r", schemas.Generation{Version: 1, Number: 1, Retry: []schemas.Reason{schemas.Timeout}}); err != nil {
		t.Fatal(err)
	}
	fetched(t, s, 1, "00001", schemas.Row{ID: "b", SHA256: "5"})
	want := `{"id":"a","captions":null}` + "\n" + `{"id":"b","sha256":"5","captions":null}` + "\n" +
		`{"id":"c","captions":null,"reason":"` + gone + `"}` + "\n"
	if got := manifest(t, s, 1); got != want || got == before {
		t.Errorf("%s, want %s; before: %s", got, want, before)
	}
	if again := manifest(t, s, 0); again != before {
		t.Errorf("the first generation is %s now, and was %s", again, before)
	}
}

func manifest(t *testing.T, s store.Store, generation int) string {
	t.Helper()
	var b bytes.Buffer
	if _, err := Manifest(context.Background(), s, "r", generation, &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
