package repair_test

import (
	"strings"
	"testing"

	"pairmill/internal/repair"
	"pairmill/internal/testutil"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
	"pairmill/workers/workerstest"
)

// TestOneBitOfARecord changes one bit of commit records, in their text and in their check: only one text has the check.
func TestOneBitOfARecord(t *testing.T) {
	t.Parallel()
	for name, w := range map[string]*world{"dataset": crawled(t), "webdataset": downloaded(t, "webdataset")} {
		seen := map[schemas.Task]bool{}
		for rec, err := range ledger.Run(t.Context(), w.store, workerstest.Run) {
			if err != nil {
				t.Fatal(err)
			}
			if seen[rec.Job.Task] || testutil.Raced && len(seen) > 4 {
				continue
			}
			key := store.CommitKey(rec.Job)
			data := read(t, w.store, key)
			at := []int{0, len(data) / 3, len(data) - 30, len(data) - 1}[len(seen)%4]
			seen[rec.Job.Task] = true
			s := w.copied(t)
			data[at] ^= 1 << (at % 8)
			replace(t, s, key, data)
			before := pictureRequests(w.site)
			rep, got := repaired(t, s)
			if rep.Repaired != 1 || rep.Left != 0 || got[key].Way != repair.Derived || pictureRequests(w.site) != before {
				t.Errorf("%s, byte %d of %s: %+v\n%+v", name, at, key, rep, got)
			}
			w.same(t, s)
		}
		if len(seen) < 5 {
			t.Errorf("%s: records of %d tasks", name, len(seen))
		}
	}
}

// TestRecordsThatStay: two bits are too many, and what is damaged beside such a record is repaired all the same.
func TestRecordsThatStay(t *testing.T) {
	t.Parallel()
	w := crawled(t)
	s := w.copied(t)
	_, table, _ := keptRow(t, s)
	var key string
	for rec, err := range ledger.Group(t.Context(), s, workerstest.Run, schemas.TaskCurate, schemas.GroupAll) {
		if err != nil {
			t.Fatal(err)
		}
		key = store.CommitKey(rec.Job)
	}
	data := read(t, s, key)
	data[20] ^= 1
	data[40] ^= 1
	replace(t, s, key, data)
	spoil(t, s, table, "flipped")
	rep, got := repaired(t, s)
	if rep.Left == 0 || got[key].Way != repair.Left || !strings.Contains(got[key].Why, "more than one bit") || got[table].Way != repair.Asked {
		t.Errorf("%+v\n%+v", rep, got)
	}
	if string(read(t, s, table)) != string(read(t, w.store, table)) {
		t.Error("the table was not repaired")
	}
}
