package control

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pairmill/cluster"
	"pairmill/control/api"
	"pairmill/schemas"
	"pairmill/workers"
)

// TestJudge: whose fault it is that some workers see an anomaly.
func TestJudge(t *testing.T) {
	t.Parallel()
	fetching := []schemas.Stage{schemas.StageFetch}
	type option func(*cluster.Member)
	watch := func(edit func(*cluster.Watch)) option {
		return func(m *cluster.Member) {
			w := cluster.Watch{Run: "a", Term: 3, Rows: 500, Telling: true}
			edit(&w)
			m.Watches = append(m.Watches, w)
		}
	}
	suspects := watch(func(w *cluster.Watch) { w.Anomaly = &schemas.Anomaly{Reason: schemas.DNSError, Share: 0.5} })
	well := watch(func(w *cluster.Watch) {
		w.Reasons = map[schemas.Reason]int{schemas.DNSError: 20, schemas.HTTPGone: 450}
	})
	turning := watch(func(w *cluster.Watch) { w.Reasons = map[schemas.Reason]int{schemas.DNSError: 130} })
	few := watch(func(w *cluster.Watch) { w.Rows, w.Telling = 10, false })
	old := watch(func(w *cluster.Watch) { w.Idle = 2 * time.Minute })
	before := watch(func(w *cluster.Watch) { w.Term = 2 })
	paused := func(m *cluster.Member) { m.Paused = "disk" }
	draining := func(m *cluster.Member) { m.Draining = true }
	embeds := func(m *cluster.Member) { m.Stages = []schemas.Stage{schemas.StageEmbed} }
	elsewhere := func(m *cluster.Member) { m.Host = "elsewhere" }
	control := func(m *cluster.Member) { m.Role = cluster.RoleControl }
	at := func(m *cluster.Member) { m.Jobs = append(m.Jobs, cluster.Running{Run: "a", Task: schemas.TaskFetch}) }
	atOther := func(m *cluster.Member) { m.Jobs = append(m.Jobs, cluster.Running{Run: "b", Task: schemas.TaskFetch}) }
	for _, c := range []struct {
		name       string
		members    [][]option
		everywhere bool
		well       int
	}{
		{"nobody is there", nil, false, 0},
		{"nobody sees anything", [][]option{{well}, {few}}, false, 0},
		{"the only worker", [][]option{{suspects}}, true, 0},
		{"the only one that fetches", [][]option{{suspects, paused}, {embeds}, {control}}, true, 0},
		{"all of them", [][]option{{suspects}, {suspects}, {suspects}}, true, 0},
		{"one among good ones", [][]option{{suspects}, {well}, {well}}, false, 2},
		{"most, but one does well", [][]option{{suspects}, {suspects, elsewhere}, {suspects}, {well}}, false, 1},
		{"one, and the others have not fetched yet", [][]option{{suspects}, {}, {few}}, false, 0},
		{"one, and nobody knows of the other any more", [][]option{{suspects}, {old}}, false, 0},
		{"one, and the other is turning", [][]option{{suspects}, {turning}}, false, 0},
		{"two of one host, and others have not fetched yet", [][]option{{suspects}, {suspects}, {}}, false, 0},
		{"two of two hosts, and others do not fetch for the run", [][]option{{suspects}, {suspects, elsewhere}, {}, {}, {atOther}}, true, 0},
		{"two of two hosts among many that have begun", [][]option{{suspects}, {suspects, elsewhere}, {at}, {few}, {at}}, false, 0},
		{"two of two hosts, half of those that fetch", [][]option{{suspects}, {suspects, elsewhere}, {at}, {few}}, true, 0},
		{"who has no room cannot take over", [][]option{{suspects}, {paused}}, true, 0},
		{"who keeps from the web for another run speaks for nothing", [][]option{{suspects}, {well, paused}}, true, 0},
		{"who leaves cannot take over", [][]option{{suspects}, {well, draining}}, true, 0},
		{"what was seen before the run was resumed", [][]option{{before}}, false, 0},
	} {
		var members []cluster.Member
		for i, options := range c.members {
			m := cluster.Member{ID: fmt.Sprintf("worker-%d", i), Role: cluster.RoleWorker, Host: "here", Stages: fetching}
			for _, o := range options {
				o(&m)
			}
			if m.Watches != nil && m.Watches[0].Anomaly != nil && m.Paused == "" {
				m.Paused = "anomaly: it says why"
			}
			members = append(members, m)
		}
		if v := judge("a", 3, members); v.everywhere != c.everywhere || v.well != c.well {
			t.Errorf("%s: %+v", c.name, v)
		}
	}
}

func TestExhausted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		limits   schemas.Limits
		received int64
		ran      time.Duration
		want     string
	}{
		{schemas.Limits{}, 1 << 40, time.Hour, ""}, {schemas.Limits{MaxBytes: 100, MaxSeconds: 60}, 99, 59 * time.Second, ""},
		{schemas.Limits{MaxBytes: 100}, 100, 0, "100 bytes received, max_bytes is 100"},
		{schemas.Limits{MaxSeconds: 60}, 0, time.Minute, "gone on for 60 s, max_seconds is 60"},
	} {
		if got := exhausted(c.limits, c.received, c.ran); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%+v: %q, want %q", c, got, c.want)
		}
	}
}

// web is what the workers of a world ask, as far as their windows see it: each fetch has ten rows on ten domains, one after the
// other, before it adopts its tar.
type web struct {
	w         *world
	each      time.Duration // how long a row takes
	committed atomic.Int64  // shards that were done although most of their rows were dropped
}

const askedRows = 10

// narrow is a window that a few shards fill.
var narrow = workers.AnomalyConfig{Window: 40, Domains: 5}

// from is a worker that asks the web through a network of its own, which may be broken.
func (x *web) from(name string, broken *atomic.Bool) *hand {
	var host *Worker
	return x.w.hand(WorkerConfig{Concurrency: 2, Host: name, Anomaly: narrow, instead: func(w *Worker, all map[schemas.Task]workers.Handler) {
		host = w
		all[schemas.TaskFetch] = asking{all[schemas.TaskFetch], x, host, broken}
	}})
}

// asking is the fetch of such a worker.
type asking struct {
	workers.Handler
	web    *web
	worker *Worker
	broken *atomic.Bool
}

func (a asking) Handle(ctx context.Context, job schemas.Job) ([]schemas.Job, error) {
	burnt := 0
	for i := range askedRows {
		item := workers.Item{URL: fmt.Sprintf("http://d%d.test/%s-%d.jpg", i, job.Name, i)}
		if a.broken.Load() {
			item.Reason, item.Detail = schemas.DNSError, "no such resolver"
			burnt++
		}
		a.worker.bench.sentry.Row(job, item)
		if !sleep(ctx, a.web.each) {
			return nil, context.Cause(ctx)
		}
	}
	next, err := a.Handler.Handle(ctx, job)
	if err == nil && burnt > askedRows/2 {
		a.web.committed.Add(1)
	}
	return next, err
}

// manyTars adds tars to the pool of a world.
func (w *world) manyTars(n int) {
	for i := shards; i < n; i++ {
		w.putTar(fmt.Sprintf("pool/%05d.tar", i), i)
	}
}

// member is what the cluster says of a process.
func (w *world) member(c *plane, id string) api.Member {
	w.t.Helper()
	got, err := c.Members(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, m := range got.Members {
		if m.ID == id {
			return m
		}
	}
	w.t.Fatalf("%s is not there", id)
	return api.Member{}
}

// TestOneBrokenWorker: a worker whose own network is broken hands back what it has, says so, and loses no row; the others take the
// run to its end. It tries again, each time later, and goes on when it is mended.
func TestOneBrokenWorker(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		const tars = 60
		w.manyTars(tars)
		var log bytes.Buffer
		p := w.loggedPlane(&log)
		x := &web{w: w, each: time.Second}
		var broken, good atomic.Bool
		broken.Store(true)
		bad := x.from("bad", &broken)
		x.from("good", &good)
		run := w.submit(p, "first")
		paused := func() string { return w.member(p, bad.id).Paused }
		var at []time.Duration // when it was taken off the web, and when it tried again
		for began, was := time.Now(), ""; time.Since(began) < 150*time.Second; time.Sleep(100 * time.Millisecond) {
			if now := bad.bench.gate.Why(); (now == "") != (was == "") {
				at = append(at, time.Since(began).Round(time.Second))
				was = now
			}
		}
		why := paused()
		if len(at) != 3 || at[0] > 35*time.Second || at[1]-at[0] < 58*time.Second || at[1]-at[0] > 66*time.Second || at[2]-at[1] > 25*time.Second {
			t.Errorf("taken off the web and back at %v", at)
		}
		for _, word := range []string{"anomaly: dns_error (ours) took 3", " of the last 40 rows on 10 domains", run} {
			if !strings.Contains(why, word) {
				t.Errorf("it says %q, which has no %q", why, word)
			}
		}
		if got := bad.health.unready(t.Context()); !slices.Equal(got, []string{why}) {
			t.Errorf("it is not ready because of %q", got)
		}
		got, err := p.Status(t.Context(), run)
		if err != nil || got.State != schemas.RunRunning || got.Halt != "" {
			t.Errorf("the run is %+v, %v", got.Run, err)
		}
		if !slices.ContainsFunc(got.Workers, func(x api.Worker) bool { return x.ID == bad.id && x.Paused == why }) || len(got.Workers) != 2 {
			t.Errorf("its workers: %+v", got.Workers)
		}
		if !strings.Contains(log.String(), "own") || !strings.Contains(log.String(), bad.id) {
			t.Errorf("the leader says\n%s", log.String())
		}
		if n := x.committed.Load(); n != 0 {
			t.Errorf("%d burnt shards were committed", n)
		}
		broken.Store(false)
		got = w.await(p, run, schemas.RunDone)
		if got.Rows.In != 2*tars || !slices.Equal(w.actions(run), []schemas.Action{schemas.ActionSubmit, schemas.ActionEnd}) || got.Quarantined.Total != 0 {
			t.Errorf("in the end: %+v, %v", got.Rows, w.actions(run))
		}
		time.Sleep(10 * time.Second)
		if why, problems := paused(), bad.health.unready(t.Context()); why != "" || len(problems) != 0 {
			t.Errorf("when the run is over it still says %q, %q", why, problems)
		}
	})
}

// stands is how a run stands.
func (p *plane) stands(t *testing.T, run string) api.Run {
	t.Helper()
	got, err := p.Status(t.Context(), run)
	if err != nil {
		t.Fatal(err)
	}
	return got.Run
}

// TestBrokenUplink: all workers see the same. The run is paused, with the evidence, whoever leads; resuming begins anew.
func TestBrokenUplink(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		const tars = 150
		w.manyTars(tars)
		planes := []*plane{w.plane(), w.plane()}
		x := &web{w: w, each: 200 * time.Millisecond}
		var broken atomic.Bool
		hands := []*hand{x.from("one", &broken), x.from("two", &broken), x.from("three", &broken)}
		run := w.submit(planes[0], "first")
		time.Sleep(20 * time.Second)
		leader := w.leaderOf(planes...)
		if got := leader.stands(t, run); got.State != schemas.RunRunning || got.Rows.In < 40 {
			t.Fatalf("while all is well: %+v", got)
		}
		broken.Store(true)
		time.Sleep(1500 * time.Millisecond) // nobody knows yet
		leader.stop()
		heir := planes[0]
		if heir == leader {
			heir = planes[1]
		}
		got := w.await(heir, run, schemas.RunPaused)
		a := got.Evidence
		if got.Halt != schemas.HaltAnomaly || a == nil || a.Reason != schemas.DNSError || a.Rows < 20 || a.Window != 40 || a.Before != 0 || a.Domains != 10 || len(a.Examples) != 5 ||
			!strings.Contains(a.Examples[0].URL, ".test/") || a.Examples[0].Detail != "no such resolver" {
			t.Errorf("paused: %+v, evidence %+v", got.Run, a)
		}
		for _, word := range []string{"dns_error (ours) took", "of the last 40 rows on 10 domains", "--anomaly", "of 3 workers"} {
			if !strings.Contains(got.Text, word) {
				t.Errorf("the decision says %q, which has no %q", got.Text, word)
			}
		}
		if n := x.committed.Load(); n != 0 {
			t.Errorf("%d burnt shards were committed", n)
		}
		time.Sleep(10 * time.Second)
		for _, h := range hands {
			if m := w.member(heir, h.id); m.Paused != "" || len(m.Jobs) != 0 {
				t.Errorf("paused with the run, it is free for others: %+v", m)
			}
		}
		// Resumed too early it is paused once more, by what was seen since.
		if _, err := heir.Resume(t.Context(), run, api.Resumption{By: "test"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if got := heir.stands(t, run); got.Halt != "" || got.Evidence != nil || got.State != schemas.RunRunning {
			t.Errorf("resumed: %+v", got)
		}
		w.await(heir, run, schemas.RunPaused)
		if n := x.committed.Load(); n != 0 {
			t.Errorf("%d burnt shards were committed after it was resumed too early", n)
		}
		broken.Store(false)
		if _, err := heir.Resume(t.Context(), run, api.Resumption{By: "test"}); err != nil {
			t.Fatal(err)
		}
		done := w.await(heir, run, schemas.RunDone)
		if done.Rows.In != 2*tars || done.Quarantined.Total != 0 {
			t.Errorf("in the end: %+v", done.Rows)
		}
		want := []schemas.Action{"submit", "pause", "resume", "pause", "resume", "end"}
		if got := w.actions(run); !slices.Equal(got, want) {
			t.Errorf("decided %v, want %v", got, want)
		}
	})
}

// TestAnomalyTurnedOff: a run that may be burnt is.
func TestAnomalyTurnedOff(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.manyTars(20)
		p := w.plane()
		x := &web{w: w, each: 100 * time.Millisecond}
		var broken atomic.Bool
		broken.Store(true)
		x.from("one", &broken)
		got, err := p.Submit(t.Context(), api.Submission{Spec: spec("first"), Limits: schemas.Limits{Anomaly: 1}})
		if err != nil {
			t.Fatal(err)
		}
		w.await(p, got.Run, schemas.RunDone)
		if n := x.committed.Load(); n != 20 {
			t.Errorf("%d shards were committed", n)
		}
		_, err = p.Submit(t.Context(), api.Submission{Spec: spec("second"), Limits: schemas.Limits{Anomaly: 2}})
		refusal(t, err, 400)
	})
}

// TestBudgetOfTime: the time for which a run goes on is counted over its pauses and whoever leads; resuming wants a larger budget.
func TestBudgetOfTime(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		planes := []*plane{w.plane(), w.plane()}
		w.hand(WorkerConfig{})
		w.setHang("pool/00003")
		p := planes[0]
		_, err := p.Submit(t.Context(), api.Submission{Spec: spec("first"), Name: "first", Limits: schemas.Limits{MaxSeconds: -1}})
		refusal(t, err, 400)
		got, err := p.Submit(t.Context(), api.Submission{Spec: spec("first"), Name: "first", Limits: schemas.Limits{MaxSeconds: 60}})
		if err != nil {
			t.Fatal(err)
		}
		run := got.Run
		decide := func(now schemas.Standing, err error) {
			t.Helper()
			if err != nil {
				t.Fatal(now, err)
			}
		}
		time.Sleep(40 * time.Second)
		decide(p.Pause(t.Context(), run, "test", ""))
		time.Sleep(10 * time.Minute)
		decide(p.Resume(t.Context(), run, api.Resumption{}))
		time.Sleep(10 * time.Second)
		if now := p.stands(t, run); now.State != schemas.RunRunning || now.MaxSeconds != 60 || now.RanSeconds < 49 || now.RanSeconds > 52 {
			t.Errorf("before it is used up: %+v", now)
		}
		leader := w.leaderOf(planes...)
		leader.stop()
		if p == leader {
			p = planes[1]
		}
		time.Sleep(25 * time.Second)
		now := p.stands(t, run)
		if now.State != schemas.RunPaused || now.Halt != schemas.HaltBudget || !strings.Contains(now.Text, "max_seconds is 60") || now.RanSeconds < 60 || now.RanSeconds > 75 {
			t.Errorf("used up: %+v", now)
		}
		if fleet, err := newTender(p.Control).fleet(t.Context()); err != nil || fleet.Halted[run] != schemas.HaltBudget || fleet.Runs[schemas.RunPaused] != 1 {
			t.Errorf("measured: %+v, %v", fleet, err)
		}
		_, err = p.Resume(t.Context(), run, api.Resumption{})
		refusal(t, err, 409)
		less, more := 30.0, 200.0
		_, err = p.Resume(t.Context(), run, api.Resumption{MaxSeconds: &less})
		refusal(t, err, 409)
		decide(p.Resume(t.Context(), run, api.Resumption{MaxSeconds: &more}))
		time.Sleep(30 * time.Second)
		if now := p.stands(t, run); now.State != schemas.RunRunning || now.MaxSeconds != 200 || now.Halt != "" {
			t.Errorf("with a larger one: %+v", now)
		}
		none := 0.0
		decide(p.Resume(t.Context(), run, api.Resumption{MaxSeconds: &none})) // while it goes on
		time.Sleep(10 * time.Minute)
		if now := p.stands(t, run); now.State != schemas.RunRunning || now.MaxSeconds != 0 {
			t.Errorf("without one: %+v", now)
		}
		w.setHang("")
		w.await(p, run, schemas.RunDone)
		w.same(run)
	})
}

// TestScheduleWithABudget: a run that has used its budget up is not in the way of the next, whatever the policy; one that an
// anomaly has halted is.
func TestScheduleWithABudget(t *testing.T) {
	for _, c := range []struct {
		overlap string
		want    []string
	}{
		{schemas.OverlapSkip, []string{"20000101t000500z paused", "20000101t001000z paused", "20000101t001500z running"}},
		{schemas.OverlapQueue, []string{"20000101t000500z paused", "20000101t001000z paused", "20000101t001500z running"}},
		{schemas.OverlapReplace, []string{"20000101t000500z cancelled", "20000101t001000z cancelled", "20000101t001500z running"}},
	} {
		t.Run(c.overlap, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				p := w.plane()
				w.hand(WorkerConfig{})
				_, err := p.SetSchedule(t.Context(), api.Series{Spec: spec("often"), Cron: "*/5 * * * *", Overlap: c.overlap, Limits: schemas.Limits{MaxBytes: -1}})
				refusal(t, err, 400)
				name, err := p.SetSchedule(t.Context(), api.Series{Spec: spec("often"), Cron: "*/5 * * * *", Overlap: c.overlap, Limits: schemas.Limits{MaxSeconds: 100}})
				if err != nil {
					t.Fatal(err)
				}
				w.setHang("pool/00003")
				time.Sleep(15*time.Minute + 10*time.Second)
				if got := w.runsOf(p, name); !slices.Equal(got, c.want) {
					t.Errorf("after three times: %q, want %q", got, c.want)
				}
				time.Sleep(2 * time.Minute)
				s, err := p.ScheduleStatus(t.Context(), name)
				if err != nil || s.MaxSeconds != 100 || s.Last == nil || s.Last.Halt != schemas.HaltBudget || !strings.Contains(s.Last.Text, "max_seconds is 100") {
					t.Errorf("it says %+v, its last run %+v, %v", s, s.Last, err)
				}
			})
		})
	}
}

// TestRunBehindABudget: a run that waits for one that has used its budget up begins, and its own time begins then.
func TestRunBehindABudget(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		p := w.plane()
		w.hand(WorkerConfig{})
		w.setHang("pool/00003")
		name, err := p.SetSchedule(t.Context(), api.Series{Spec: spec("often"), Cron: "*/5 * * * *", Overlap: schemas.OverlapQueue, Limits: schemas.Limits{MaxSeconds: 400}})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(12*time.Minute + 30*time.Second) // the second has waited for 100 s, and gone on for 50
		second := schemas.TickRun(name, time.Date(2000, 1, 1, 0, 10, 0, 0, time.UTC))
		if got := w.runsOf(p, name); !slices.Equal(got, []string{"20000101t000500z paused", "20000101t001000z running"}) {
			t.Errorf("runs %q", got)
		}
		if got := p.stands(t, second); got.RanSeconds < 40 || got.RanSeconds > 60 {
			t.Errorf("it has gone on for %v s", got.RanSeconds)
		}
		got, err := p.List(t.Context())
		if err != nil || got.Runs[0].RanSeconds < 40 || got.Runs[0].RanSeconds > 60 || got.Runs[0].MaxSeconds != 400 {
			t.Errorf("in the list: %+v, %v", got, err)
		}
	})
}

// TestScheduleBehindAnAnomaly: what was wrong may be wrong for the next run too, so it is in the way, and that is said.
func TestScheduleBehindAnAnomaly(t *testing.T) {
	for _, overlap := range []string{schemas.OverlapSkip, schemas.OverlapQueue} {
		t.Run(overlap, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				w.manyTars(60)
				var log bytes.Buffer
				p := w.loggedPlane(&log)
				x := &web{w: w, each: 100 * time.Millisecond}
				var broken atomic.Bool
				broken.Store(true)
				x.from("one", &broken)
				name, err := p.SetSchedule(t.Context(), api.Series{Spec: spec("often"), Cron: "*/5 * * * *", Overlap: overlap})
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(16 * time.Minute)
				want := []string{"20000101t000500z paused", "20000101t001000z queued"}
				if overlap == schemas.OverlapSkip {
					want = want[:1]
				}
				if got := w.runsOf(p, name); !slices.Equal(got, want) {
					t.Errorf("runs %q, want %q", got, want)
				}
				if n := strings.Count(log.String(), "a schedule goes on only when the run before it does"); n != 2 || !strings.Contains(log.String(), "halt=anomaly") {
					t.Errorf("said %d times:\n%s", n, log.String())
				}
			})
		})
	}
}
