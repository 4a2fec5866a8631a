package metrics

import (
	"io"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pairmill/cluster"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/mem"
)

// page is what Prometheus reads, without the Go runtime's metrics.
func page(t *testing.T, s *Set) string {
	t.Helper()
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	body, err := io.ReadAll(w.Result().Body)
	if err != nil || w.Code != 200 {
		t.Fatalf("status %d, %v\n%s", w.Code, err, body)
	}
	var ours []string
	for line := range strings.Lines(string(body)) {
		if strings.HasPrefix(line, "pairmill_") && !strings.Contains(line, "_seconds_") {
			ours = append(ours, line)
		}
	}
	return strings.Join(ours, "")
}

func want(t *testing.T, got string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("no %q in\n%s", line, got)
		}
	}
}

func TestWhatAWorkerTells(t *testing.T) {
	t.Parallel()
	s := New("v1.2", cluster.RoleWorker)
	s.JobStarted(schemas.StageFetch)
	s.JobStarted(schemas.StageFetch)
	s.JobEnded(schemas.StageFetch)
	s.JobOutcome(schemas.TaskFetch, Committed)
	s.JobTook(schemas.TaskFetch, 2*time.Second)
	s.Row(schemas.TaskFetch, schemas.Kept, 1000)
	s.Row(schemas.TaskFetch, schemas.Timeout, 0)
	s.HostsWaiting(7)
	s.Connected(true)
	s.DiskFree(5e9)
	s.IntakePaused("disk", true)
	want(t, page(t, s), `pairmill_build_info{version="v1.2"} 1`, `pairmill_jobs_running{stage="fetch"} 1`,
		`pairmill_jobs_total{outcome="committed",task="fetch"} 1`, `pairmill_rows_total{reason="kept",task="fetch"} 1`,
		`pairmill_rows_total{reason="timeout",task="fetch"} 1`, `pairmill_received_bytes_total 1000`, `pairmill_hosts_waiting 7`,
		`pairmill_nats_connected 1`, `pairmill_disk_free_bytes 5e+09`, `pairmill_intake_paused{why="disk"} 1`)
	if got := page(t, s); strings.Contains(got, "pairmill_leader") {
		t.Errorf("a worker tells who leads:\n%s", got)
	}
}

func TestOnlyTheLeaderTellsOfTheCluster(t *testing.T) {
	t.Parallel()
	s := New("x", cluster.RoleControl)
	if got := page(t, s); strings.Contains(got, "pairmill_runs") || strings.Contains(got, "pairmill_members") || strings.Contains(got, "pairmill_disk") {
		t.Errorf("before it leads:\n%s", got)
	}
	s.Leader(true)
	s.Fleet(&Fleet{
		Queued: map[string]map[schemas.Stage]int{"a": {schemas.StageFetch: 3}}, Rows: map[string]map[string]int64{"a": {"kept": 5}},
		Runs: map[schemas.RunState]int{schemas.RunRunning: 1}, Halted: map[string]schemas.Halt{"b": schemas.HaltBudget}, Members: map[cluster.Role]int{cluster.RoleWorker: 2}, Dead: 4,
	})
	s.Tick("news", "skipped")
	want(t, page(t, s), `pairmill_queue_jobs{run="a",stage="fetch"} 3`, `pairmill_run_rows{run="a",state="kept"} 5`,
		`pairmill_runs{state="running"} 1`, `pairmill_run_halted{run="b",why="budget"} 1`, `pairmill_runs{state="done"} 0`, `pairmill_members{role="worker"} 2`,
		`pairmill_members{role="control"} 0`, `pairmill_dead_letters 4`, `pairmill_leader 1`,
		`pairmill_schedule_ticks_total{outcome="skipped",series="news"} 1`)
	s.Fleet(nil)
	s.ForgetSeries("news")
	if got := page(t, s); strings.Contains(got, "pairmill_runs") || strings.Contains(got, "news") {
		t.Errorf("after it has led:\n%s", got)
	}
}

func TestStoreIsMeasured(t *testing.T) {
	t.Parallel()
	s := New("x", cluster.RoleControl)
	m := s.Store(mem.New())
	ctx := t.Context()
	for _, text := range []string{"one", "one", "two"} {
		_, _ = m.Put(ctx, "a", store.Bytes([]byte(text))) // the third conflicts
	}
	if _, err := m.Open(ctx, "b"); err == nil {
		t.Error("an absent object was opened")
	}
	if got, err := store.ReadAll(ctx, m, "a", 100); err != nil || string(got) != "one" {
		t.Errorf("read %q, %v", got, err)
	}
	o, err := m.Open(ctx, "a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.ReadAt(make([]byte, 10), 0); err != io.EOF {
		t.Error(err)
	}
	for range m.List(ctx, "") {
		break
	}
	if err := store.Copy(ctx, m, "a", "c"); err != nil {
		t.Fatal(err)
	}
	if err := m.Delete(ctx, "a"); err != nil {
		t.Fatal(err)
	}
	want(t, page(t, s), `pairmill_store_requests_total{op="put",outcome="conflict"} 1`, `pairmill_store_requests_total{op="open",outcome="absent"} 1`,
		`pairmill_store_requests_total{op="read",outcome="ok"} 1`, `pairmill_store_requests_total{op="list",outcome="ok"} 1`,
		`pairmill_store_requests_total{op="delete",outcome="ok"} 1`)
}

// TestNames: dashboards and alerts depend on these.
func TestNames(t *testing.T) {
	t.Parallel()
	var names []string
	for _, m := range Metrics() {
		names = append(names, m.Name)
	}
	slices.Sort(names)
	wanted := strings.Fields(`pairmill_build_info pairmill_dead_letters pairmill_disk_free_bytes pairmill_hosts_waiting pairmill_intake_paused
		pairmill_job_seconds pairmill_jobs_running pairmill_jobs_total pairmill_leader pairmill_members pairmill_nats_connected
		pairmill_queue_jobs pairmill_received_bytes_total pairmill_rows_total pairmill_run_halted pairmill_run_rows pairmill_runs
		pairmill_schedule_ticks_total pairmill_store_requests_total pairmill_store_seconds`)
	if !slices.Equal(names, wanted) {
		t.Errorf("names\n%q\nwant\n%q", names, wanted)
	}
	for _, name := range names {
		if !regexp.MustCompile(`^pairmill_[a-z_]+$`).MatchString(name) {
			t.Errorf("%q", name)
		}
	}
}
