package workers

import (
	"fmt"
	"testing"
	"time"

	"pairmill/internal/specfile"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/mem"
)

// TestIdleRunsAreLetGo: a process that serves the runs of a schedule keeps nothing of those that are over.
func TestIdleRunsAreLetGo(t *testing.T) {
	t.Parallel()
	s := mem.New()
	names := []string{"first", "second"}
	for _, run := range names {
		spec := fmt.Sprintf("version: 1\nname: %s\nsource: {web: {seeds: [\"http://a.test/\"]}}\n", run)
		if _, err := s.Put(t.Context(), store.SpecKey(run), store.Bytes([]byte(spec))); err != nil {
			t.Fatal(err)
		}
	}
	h := NewHandlers(Deps{Store: s, ReadSpec: specfile.Parse})
	defer h.Close()
	r := h.runs
	open := func(run string) *Run {
		x, err := r.Get(t.Context(), schemas.NewJob(run, schemas.TaskPlan, schemas.GroupAll, schemas.GroupAll, ""))
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	idle := func(after time.Duration) int {
		r.mu.Lock()
		o := r.takeIdle(time.Now().Add(after))
		r.mu.Unlock()
		if err := o.close(); err != nil {
			t.Error(err)
		}
		return len(o.fetchers)
	}
	leaveFirst, leaveAgain := r.enter("first"), r.enter("first")
	leaveSecond := r.enter("second")
	first := open("first")
	open("second")
	leaveFirst()
	leaveSecond()
	if n := idle(keepIdle / 2); n != 0 || len(r.runs) != 2 {
		t.Errorf("soon after the last job: %d let go, %d left", n, len(r.runs))
	}
	if n := idle(2 * keepIdle); n != 1 || len(r.runs) != 1 || len(r.waits.fetchers) != 1 {
		t.Errorf("with a job of one in work: %d let go, %d left, %d waited for", n, len(r.runs), len(r.waits.fetchers))
	}
	if open("first") != first {
		t.Error("a run with a job in work was opened again")
	}
	leaveAgain()
	if n := idle(2 * keepIdle); n != 1 || len(r.runs)+len(r.usage) != 0 {
		t.Errorf("in the end: %d let go, %d left", n, len(r.runs))
	}
	leave := r.enter("first")
	if again := open("first"); again == first {
		t.Error("what was let go is used again")
	}
	leave()
	if spec, err := h.Spec(t.Context(), "second"); err != nil || spec.Name != "second" || len(r.runs) != 1 {
		t.Errorf("a spec alone: %v, %d runs opened", err, len(r.runs))
	}
}
