package repair_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"pairmill/internal/repair"
	"pairmill/internal/testutil"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/faulty"
	"pairmill/store/ledger"
	"pairmill/store/mem"
	"pairmill/workers/workerstest"
)

// rotten damages one kept picture wherever it stands, and returns its tar and row.
func (w *world) rotten(t *testing.T, s store.Store) (tar string, row schemas.Row) {
	t.Helper()
	tar, _, row = keptRow(t, s)
	sum := store.Bytes(read(t, s, tar)).SHA256()
	for key, o := range named(t, s) {
		if o.SHA256 == sum {
			data := read(t, s, key)
			data[row.ImageOffset+row.ImageBytes/2] ^= 1
			replace(t, s, key, data)
		}
	}
	for info, err := range s.List(t.Context(), "00000/"+row.Key+".jpg") {
		if err != nil {
			t.Fatal(err)
		}
		spoil(t, s, info.Key, "flipped")
	}
	return tar, row
}

// balanced sums the run up.
func balanced(t *testing.T, s store.Store) schemas.Summary {
	t.Helper()
	sum, err := workerstest.Summary(t.Context(), s)
	if err != nil || sum.Balance() != 0 {
		t.Fatalf("the ledger is off by %d: %+v, %v", sum.Balance(), sum, err)
	}
	return sum
}

// asked lets a further generation ask again for what was damaged.
func (w *world) asked(t *testing.T, s store.Store) {
	t.Helper()
	gens, err := ledger.Generations(t.Context(), s, workerstest.Run)
	if err == nil {
		err = ledger.PutGeneration(t.Context(), s, workerstest.Run, schemas.Generation{Version: schemas.Version, Number: len(gens), Retry: []schemas.Reason{schemas.Damaged}})
	}
	if err != nil {
		t.Fatal(err)
	}
	w.drive(t, s)
}

func clean(t *testing.T, s store.Store) {
	t.Helper()
	for _, f := range findings(t, s) {
		t.Errorf("verify finds %+v", f)
	}
}

// TestLostPicture: a picture that rotted and that the web does not have any more is a dropped row, and one that a retry asks for
// again; when it comes back, so does the content manifest.
func TestLostPicture(t *testing.T) {
	t.Parallel()
	for _, format := range []string{schemas.DeliverWebDataset, schemas.DeliverFiles, schemas.DeliverParquet} {
		t.Run(format, func(t *testing.T) {
			w := downloaded(t, format)
			s := w.copied(t)
			before, content := balanced(t, s), contentOf(t, s)
			tar, row := w.rotten(t, s)
			back := w.gone()
			rep, got := repaired(t, s)
			if rep.Left != 0 || rep.Lost != 1 || rep.Requests != 1 || got[tar].Way != repair.Changed {
				t.Fatalf("%+v\n%+v", rep, got)
			}
			clean(t, s)
			after := balanced(t, s)
			if after.Kept != before.Kept-1 || after.Dropped[schemas.Damaged] != 1 || after.Candidates != before.Candidates {
				t.Errorf("summary %+v, before %+v", after, before)
			}
			if again, _ := repaired(t, s); again != (repair.Report{}) {
				t.Errorf("repaired again: %+v", again)
			}
			back()
			w.asked(t, s)
			clean(t, s)
			if sum := balanced(t, s); sum.Kept != before.Kept || sum.Dropped[schemas.Damaged] != 0 {
				t.Errorf("after the retry %+v, at first %+v", sum, before)
			}
			if now := contentOf(t, s); now != content {
				t.Error("the picture came back, the content manifest did not")
			}
			if row.Key == "" {
				t.Error("the row has no key")
			}
		})
	}
}

// TestLostTwice: rows that a later repair drops are not taken for those that a retry has asked for.
func TestLostTwice(t *testing.T) {
	t.Parallel()
	w := downloaded(t, schemas.DeliverWebDataset)
	s := w.copied(t)
	w.rotten(t, s)
	back := w.gone()
	repaired(t, s)
	back()
	w.asked(t, s)
	content := contentOf(t, s)
	// Another shard of the same generation, after the retry.
	var tar string
	var row schemas.Row
	for rec, err := range ledger.Run(t.Context(), s, workerstest.Run) {
		if err != nil {
			t.Fatal(err)
		}
		if rec.Job.Task != schemas.TaskFetch || rec.Mended > 0 || rec.Job.Generation > 0 {
			continue
		}
		for _, r := range rows(t, s, rec) {
			if r.Kept() && tar == "" {
				tar, row = rec.Of(schemas.RoleTar)[0].Key, r
			}
		}
	}
	sum := store.Bytes(read(t, s, tar)).SHA256()
	for key, o := range named(t, s) {
		if o.SHA256 == sum {
			data := read(t, s, key)
			data[row.ImageOffset] ^= 1
			replace(t, s, key, data)
		}
	}
	back = w.gone()
	if rep, got := repaired(t, s); rep.Left != 0 || rep.Lost != 1 {
		t.Fatalf("%+v\n%+v", rep, got)
	}
	back()
	clean(t, s)
	if sum := balanced(t, s); sum.Dropped[schemas.Damaged] != 1 {
		t.Errorf("summary %+v", sum)
	}
	w.asked(t, s)
	clean(t, s)
	if sum := balanced(t, s); sum.Dropped[schemas.Damaged] != 0 || contentOf(t, s) != content {
		t.Errorf("summary %+v", sum)
	}
}

// TestObservations: what was seen once leaves the record when it is damaged, in any run; all else stays what it was.
func TestObservations(t *testing.T) {
	t.Parallel()
	for name, w := range map[string]*world{"dataset": crawled(t), "webdataset": downloaded(t, "webdataset")} {
		for kind := range damages {
			s := w.copied(t)
			content := contentOf(t, s)
			key := objects(t, s, schemas.RoleObservations)[0]
			spoil(t, s, key, kind)
			before := pictureRequests(w.site)
			rep, got := repaired(t, s)
			if rep.Changed != 1 || rep.Left != 0 || got[key].Way != repair.Changed || pictureRequests(w.site) != before {
				t.Errorf("%s, %s: %+v, %+v", name, kind, rep, got)
			}
			clean(t, s)
			balanced(t, s)
			if contentOf(t, s) != content {
				t.Errorf("%s, %s: the content manifest has changed", name, kind)
			}
		}
	}
}

// TestKilledRepair fails each write of a repair that replaces a record, before and after its effect; the next repair goes on.
func TestKilledRepair(t *testing.T) {
	t.Parallel()
	w := downloaded(t, schemas.DeliverWebDataset)
	damaged := w.copied(t)
	w.rotten(t, damaged)
	w.gone()
	for at := int64(1); ; at++ {
		done := false
		for _, fault := range []faulty.Fault{faulty.Fail, faulty.Lost} {
			if testutil.Raced && (at+int64(fault))%3 > 0 {
				continue // the pass without the race detector has them all
			}
			s := mem.New()
			copyAll(t, damaged, s)
			var n atomic.Int64
			f := faulty.New(s, func(op faulty.Op, _ string, _ int) faulty.Fault {
				if (op == faulty.Put || op == faulty.Replace || op == faulty.Delete) && n.Add(1) == at {
					return fault
				}
				return faulty.None
			})
			_, err := repair.Run(t.Context(), f, workerstest.Run, config(t))
			if done = err == nil; !done {
				rep, got := repaired(t, s)
				if rep.Left != 0 {
					t.Errorf("write %d, %v: %+v\n%+v", at, fault, rep, got)
				}
			}
			clean(t, s)
			if sum := balanced(t, s); sum.Dropped[schemas.Damaged] != 1 {
				t.Errorf("write %d, %v: %+v", at, fault, sum)
			}
		}
		if done {
			if at < 8 {
				t.Errorf("the repair made %d writes", at-1)
			}
			return
		}
	}
}

// TestRepairSaysWhatItReplaced: the record of the repair names what was lost.
func TestRepairSaysWhatItReplaced(t *testing.T) {
	t.Parallel()
	w := downloaded(t, schemas.DeliverWebDataset)
	s := w.copied(t)
	tar, row := w.rotten(t, s)
	w.gone()
	repaired(t, s)
	log, err := ledger.NewLog[schemas.Repair](s, store.RepairsPrefix(workerstest.Run)).Load(t.Context())
	if err != nil || len(log) != 1 {
		t.Fatalf("%d repairs, %v", len(log), err)
	}
	r := log[0]
	if len(r.Lost) != 1 || r.Lost[0].ID != row.ID || !strings.Contains(r.Lost[0].Detail, "http_gone") || len(r.Damaged) == 0 || r.Damaged[0].Key != tar {
		t.Errorf("%+v", r)
	}
	now, err := ledger.Read(t.Context(), s, r.Before.Job)
	if err != nil || now.Check != r.After || fmt.Sprint(now.Objects) == fmt.Sprint(r.Before.Objects) {
		t.Errorf("record %+v, %v", now, err)
	}
}
