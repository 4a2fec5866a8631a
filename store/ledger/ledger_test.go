package ledger_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/faulty"
	"pairmill/store/ledger"
	"pairmill/store/mem"
)

func job(task schemas.Task, name string) schemas.Job {
	return schemas.NewJob("r", task, "g00000", name, "")
}

func commit(t *testing.T, s store.Store, j schemas.Job, kept int64) schemas.Commit {
	t.Helper()
	tx := ledger.Begin(s, j, t.TempDir())
	defer tx.Close()
	tx.Counts().Kept = kept
	c, err := tx.Commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCommitNamesWhatWasPut(t *testing.T) {
	t.Parallel()
	s, dir := mem.New(), t.TempDir()
	tx := ledger.Begin(s, job(schemas.TaskFetch, "00000"), dir)
	sp, err := tx.Spool()
	if err != nil {
		t.Fatal(err)
	}
	sp.Write([]byte("spooled"))
	a, aerr := tx.PutSpool(t.Context(), "a/b.tar", sp, schemas.Object{Role: schemas.RoleTar, Rows: 3})
	b, berr := tx.Put(t.Context(), "c.json", store.Bytes([]byte("{}")), schemas.Object{Role: schemas.RolePart, For: "x"})
	p, perr := tx.PutPlain(t.Context(), "plain", store.Bytes(nil), schemas.Object{Role: schemas.RoleGroup})
	if err := errors.Join(aerr, berr, perr); err != nil {
		t.Fatal(err)
	}
	tx.Name(schemas.Object{Role: schemas.RoleIndex, Key: "elsewhere"})
	tx.Next(job(schemas.TaskDedup, "b000"))
	tx.Counts().Drop(schemas.HTTPGone, 2)
	if ok, _ := ledger.Exists(t.Context(), s, store.CommitKey(tx.Job())); ok {
		t.Error("record stands before Commit")
	}
	c, err := tx.Commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	read, err := ledger.Read(t.Context(), s, tx.Job())
	if err != nil || !reflect.DeepEqual(read, c) {
		t.Errorf("read %+v, %v; wrote %+v", read, err, c)
	}
	if len(c.Objects) != 4 || a.Key != store.Hashed("runs/r/a/b.tar", a.SHA256) || a.Size != 7 || a.Rows != 3 ||
		b.For != "x" || p.Key != "runs/r/plain" || len(c.Next) != 1 || c.Counts.Dropped[schemas.HTTPGone] != 2 {
		t.Errorf("%+v", c)
	}
	tx.Close()
	tx.Close()
	if left, err := os.ReadDir(dir); len(left) > 0 || err != nil {
		t.Errorf("spools left: %v, %v", left, err)
	}
}

// The worker that comes second gets the record of the first, and its own objects are garbage beside it.
func TestSecondCommitLosesQuietly(t *testing.T) {
	t.Parallel()
	s, j := mem.New(), job(schemas.TaskFetch, "00000")
	first := commit(t, s, j, 1)
	tx := ledger.Begin(s, j, "")
	o, err := tx.Put(t.Context(), "late", store.Bytes([]byte("other")), schemas.Object{Role: schemas.RoleTar})
	if err != nil {
		t.Fatal(err)
	}
	got, err := tx.Commit(t.Context())
	if err != nil || !reflect.DeepEqual(got, first) {
		t.Errorf("second commit returned %+v, %v", got, err)
	}
	if ok, _ := ledger.Exists(t.Context(), s, o.Key); !ok {
		t.Error("the second's object vanished")
	}
	if same := commit(t, s, j, 1); !reflect.DeepEqual(same, first) {
		t.Errorf("the same commit again returned %+v", same)
	}
}

func TestCommitFails(t *testing.T) {
	t.Parallel()
	j := job(schemas.TaskFetch, "00000")
	for _, fault := range []faulty.Fault{faulty.Fail, faulty.Lost} {
		s := faulty.New(mem.New(), faulty.At(1, fault))
		if _, err := ledger.Begin(s, j, "").Commit(t.Context()); !errors.Is(err, faulty.ErrInjected) || !strings.Contains(err.Error(), j.ID()) {
			t.Errorf("%s: error %v", fault, err)
		}
		if ok, err := ledger.Exists(t.Context(), s, store.CommitKey(j)); ok != (fault == faulty.Lost) || err != nil {
			t.Errorf("%s: record stands: %v, %v", fault, ok, err)
		}
	}
}

func TestRecordOfAnotherVersionIsRefused(t *testing.T) {
	t.Parallel()
	s, j := mem.New(), job(schemas.TaskFetch, "00000")
	if _, err := s.Put(t.Context(), store.CommitKey(j), store.Bytes([]byte(`{"v":2}`))); err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.Read(t.Context(), s, j); err == nil || !strings.Contains(err.Error(), "version 2: this program reads version 1") {
		t.Errorf("error %v", err)
	}
	if _, err := ledger.Sum(t.Context(), s, "r"); err == nil {
		t.Error("summed up")
	}
	if _, err := ledger.Read(t.Context(), s, job(schemas.TaskFetch, "00001")); !errors.Is(err, store.ErrNotExist) {
		t.Errorf("error %v, want ErrNotExist", err)
	}
}

func TestSettledCountsEachJobOnce(t *testing.T) {
	t.Parallel()
	s := mem.New()
	settled := func(want int) {
		t.Helper()
		n, err := ledger.Settled(t.Context(), s, "r", schemas.TaskEmbed, "g00000")
		if err != nil || n != want {
			t.Errorf("%d settled, %v; want %d", n, err, want)
		}
	}
	giveUp := func(name string) {
		t.Helper()
		if err := ledger.PutQuarantine(t.Context(), s, schemas.Quarantine{Job: job(schemas.TaskEmbed, name), Error: "why", Attempts: 5}); err != nil {
			t.Fatal(err)
		}
	}
	settled(0)
	commit(t, s, job(schemas.TaskEmbed, "00000"), 1)
	giveUp("00001")
	settled(2)
	commit(t, s, job(schemas.TaskEmbed, "00001"), 1) // late, but done
	settled(2)
	commit(t, s, job(schemas.TaskFetch, "00002"), 1)                                      // another task
	commit(t, s, schemas.NewJob("r", schemas.TaskEmbed, "g00001", "00000", ""), 1)        // another group
	commit(t, s, schemas.NewJob("r", schemas.TaskEmbed, "g0000", "00009", ""), 1)         // its name begins the same
	commit(t, s, schemas.NewJob("other", schemas.TaskEmbed, "g00000", "00003", ""), 1000) // another run
	settled(2)
	if sum, err := ledger.Sum(t.Context(), s, "r"); err != nil || sum.Kept != 5 {
		t.Errorf("sum %+v, %v", sum, err)
	}
}

func TestQuarantine(t *testing.T) {
	t.Parallel()
	s := mem.New()
	first, second := job(schemas.TaskEmbed, "00000"), job(schemas.TaskEmbed, "00001")
	long := strings.Repeat("x", 5000)
	for _, q := range []schemas.Quarantine{{Job: first, Error: long, Attempts: 1}, {Job: first, Error: "later", Attempts: 2}, {Job: second, Error: "why", Attempts: 3}} {
		if err := ledger.PutQuarantine(t.Context(), s, q); err != nil {
			t.Fatal(err)
		}
	}
	commit(t, s, second, 1)
	n := 0
	for q, err := range ledger.Quarantined(t.Context(), s, "r") {
		n++
		if err != nil || q.Job != first || q.Attempts != 1 || q.Version != schemas.Version || len(q.Error) > 4200 {
			t.Errorf("%+v, %v", q, err)
		}
	}
	if n != 1 {
		t.Errorf("%d jobs, want the one that has not been done since", n)
	}
	faults := faulty.New(s, faulty.At(1, faulty.Fail))
	for _, err := range ledger.Quarantined(t.Context(), faults, "r") {
		if !errors.Is(err, faulty.ErrInjected) {
			t.Errorf("error %v", err)
		}
	}
}

func TestGroups(t *testing.T) {
	t.Parallel()
	s := mem.New()
	if _, known, err := ledger.ReadEnd(t.Context(), s, "r", 0); known || err != nil {
		t.Errorf("end of a new run: %v, %v", known, err)
	}
	if _, err := ledger.ReadGroup(t.Context(), s, "r", schemas.TaskFetch, "g00000"); !errors.Is(err, store.ErrNotExist) {
		t.Errorf("error %v", err)
	}
	want := schemas.Group{Version: schemas.Version, Task: schemas.TaskFetch, Name: "g00000", Size: 2, Jobs: []string{"00000", "00001"}, Inputs: []string{"a", "b"}}
	tx := ledger.Begin(s, schemas.NewJob("r", schemas.TaskExchange, "e00001", schemas.GroupAll, ""), "")
	for range 2 { // a job that is repeated plans again
		if err := errors.Join(ledger.PlanGroup(t.Context(), tx, want), ledger.PlanEnd(t.Context(), tx, 1)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := ledger.ReadGroup(t.Context(), s, "r", schemas.TaskFetch, "g00000")
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	other := want
	other.Size = 3
	if err := ledger.PlanGroup(t.Context(), tx, other); !errors.Is(err, store.ErrConflict) {
		t.Errorf("another plan of the same group: error %v", err)
	}
	if n, known, err := ledger.ReadEnd(t.Context(), s, "r", 0); n != 1 || !known || err != nil {
		t.Errorf("end %d, %v, %v", n, known, err)
	}
	for group, want := range map[string]bool{"g00000": true, "g00001": false, "g0000": false} {
		if ok, err := ledger.HasGroup(t.Context(), s, "r", schemas.TaskFetch, group); ok != want || err != nil {
			t.Errorf("%s is planned: %v, %v", group, ok, err)
		}
	}
}

func TestGroupYieldsItsTaskInOrder(t *testing.T) {
	t.Parallel()
	s := mem.New()
	for _, i := range []int{2, 0, 1} {
		commit(t, s, job(schemas.TaskGather, fmt.Sprint("l00", i)), int64(i))
		commit(t, s, job(schemas.TaskRoute, fmt.Sprint("l00", i)), 7)
	}
	var got []int64
	for c, err := range ledger.Group(t.Context(), s, "r", schemas.TaskGather, "g00000") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, c.Counts.Kept)
	}
	if !reflect.DeepEqual(got, []int64{0, 1, 2}) {
		t.Errorf("%v", got)
	}
}

func TestDamagedRecordIsRefused(t *testing.T) {
	t.Parallel()
	s := mem.New()
	job := schemas.NewJob("run", schemas.TaskFetch, "g00000", "00000", "")
	tx := ledger.Begin(s, job, "")
	tx.Counts().Requests = 41
	if _, err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	data, err := store.ReadAll(t.Context(), s, store.CommitKey(job), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	other := mem.New()
	if _, err := other.Put(t.Context(), store.CommitKey(job), store.Bytes(bytes.Replace(data, []byte("41"), []byte("40"), 1))); err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.Read(t.Context(), other, job); !errors.Is(err, ledger.ErrSeal) {
		t.Errorf("a changed count: %v, want %v", err, ledger.ErrSeal)
	}
}
