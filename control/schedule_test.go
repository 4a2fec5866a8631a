package control

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pairmill/control/api"
	"pairmill/schemas"
)

// runsOf lists the runs of a schedule with their states, the earliest first.
func (w *world) runsOf(c *plane, series string) (list []string) {
	w.t.Helper()
	all, err := c.List(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, r := range all.Runs {
		if r.Series == series {
			list = append(list, strings.TrimPrefix(r.Run, series+"-")+" "+string(r.State))
		}
	}
	slices.Sort(list)
	return list
}

// TestOverlap: each run takes longer than the five minutes until the next.
func TestOverlap(t *testing.T) {
	for _, c := range []struct {
		overlap string
		want    []string // after the third time
		then    []string // when all can end
	}{
		{schemas.OverlapSkip, []string{"20000101t000500z running"}, []string{"20000101t000500z done"}},
		{schemas.OverlapQueue, []string{"20000101t000500z running", "20000101t001000z queued"}, []string{"20000101t000500z done", "20000101t001000z done"}},
		{schemas.OverlapReplace, []string{"20000101t000500z cancelled", "20000101t001000z cancelled", "20000101t001500z running"},
			[]string{"20000101t000500z cancelled", "20000101t001000z cancelled", "20000101t001500z done"}},
	} {
		t.Run(c.overlap, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				p := w.plane()
				w.hand(WorkerConfig{})
				name, err := p.SetSchedule(t.Context(), api.Series{Spec: spec("often"), Cron: "*/5 * * * *", Overlap: c.overlap, Weight: 3, By: "test"})
				if err != nil || name != "often" {
					t.Fatal(name, err)
				}
				w.setHang("pool/00003")
				time.Sleep(15*time.Minute + 10*time.Second)
				if got := w.runsOf(p, name); !slices.Equal(got, c.want) {
					t.Errorf("after three times: %q, want %q", got, c.want)
				}
				w.setHang("")
				time.Sleep(time.Minute)
				if got := w.runsOf(p, name); !slices.Equal(got, c.then) {
					t.Errorf("in the end: %q, want %q", got, c.then)
				}
				list, err := p.Schedules(t.Context())
				if err != nil || len(list.Schedules) != 1 {
					t.Fatalf("%+v, %v", list, err)
				}
				s := list.Schedules[0]
				if s.Next == nil || !s.Next.Equal(time.Date(2000, 1, 1, 0, 20, 0, 0, time.UTC)) || s.Last == nil || s.Last.State != schemas.RunDone || s.Weight != 3 || s.By != "test" {
					t.Errorf("schedule %+v", s)
				}
				if got, err := p.Status(t.Context(), s.Last.Run); err != nil || got.Weight != 3 || got.By != "schedule often" {
					t.Errorf("its run: %+v, %v", got, err)
				}
			})
		})
	}
}

// TestScheduleIsSteered: paused, resumed, changed, removed, and run at once.
func TestScheduleIsSteered(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		p := w.plane()
		w.hand(WorkerConfig{})
		// Kolkata is half an hour off: minute 35 there is minute 5 in UTC.
		text := spec("often") + "schedule: {cron: \"35-50/15 * * * *\", zone: Asia/Kolkata}\n"
		name, err := p.SetSchedule(t.Context(), api.Series{Spec: text})
		if err != nil {
			t.Fatal(err)
		}
		alter := func(action schemas.SeriesAction) {
			t.Helper()
			if err := p.AlterSchedule(t.Context(), name, "test", action); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(6 * time.Minute)
		want := []string{"20000101t000500z done"}
		if got := w.runsOf(p, name); !slices.Equal(got, want) {
			t.Errorf("after its first time: %q, want %q", got, want)
		}
		alter(schemas.SeriesPause)
		alter(schemas.SeriesPause)
		time.Sleep(24 * time.Minute)
		if got, err := p.ScheduleStatus(t.Context(), name); err != nil || !got.Paused || got.Next != nil || len(w.runsOf(p, name)) != 1 {
			t.Errorf("paused: %+v, %v, runs %q", got, err, w.runsOf(p, name))
		}
		w.setHang("pool/00003")
		ran, err := p.RunNow(t.Context(), name)
		if err != nil || ran.Outcome != tickSubmitted || ran.Run != "often-20000101t003000z" {
			t.Errorf("run now: %+v, %v", ran, err)
		}
		time.Sleep(time.Minute)
		_, err = p.RunNow(t.Context(), name)
		refusal(t, err, 409) // the first has not ended
		w.setHang("")
		time.Sleep(time.Minute)
		if _, err := p.SetSchedule(t.Context(), api.Series{Spec: text, Cron: "40 * * * *", Zone: "UTC"}); err != nil {
			t.Fatal(err)
		}
		alter(schemas.SeriesResume)
		time.Sleep(10 * time.Minute)
		want = []string{"20000101t000500z done", "20000101t003000z done", "20000101t004000z done"}
		if got := w.runsOf(p, name); !slices.Equal(got, want) {
			t.Errorf("at another time: %q, want %q", got, want)
		}
		alter(schemas.SeriesRemove)
		time.Sleep(time.Minute)
		if list, err := p.Schedules(t.Context()); err != nil || len(list.Schedules) != 0 || len(w.runsOf(p, name)) != 3 {
			t.Errorf("removed: %+v, %v", list, err)
		}
		if timers, err := p.medium.Timers.Timers(t.Context()); err != nil || len(timers) != 0 {
			t.Errorf("timers %+v, %v", timers, err)
		}
		_, err = p.RunNow(t.Context(), name)
		refusal(t, err, 404)
		refusal(t, p.AlterSchedule(t.Context(), name, "test", schemas.SeriesPause), 404)
		refusal(t, p.AlterSchedule(t.Context(), "nobody", "test", schemas.SeriesRemove), 404)
	})
}

// TestTickOutlivesItsLeader: the leader takes a tick and dies before it has made the run; the next one makes it, once.
func TestTickOutlivesItsLeader(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		a, b := w.plane(), w.plane()
		first := w.leaderOf(a, b)
		second := map[*plane]*plane{a: b, b: a}[first]
		if _, err := first.SetSchedule(t.Context(), api.Series{Spec: spec("often"), Cron: "*/5 * * * *"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(4 * time.Minute)
		stolen := make(chan error, 1)
		go func() { // whoever takes the tick before the leader does stands for a leader that dies with it
			_, err := second.medium.Timers.NextTick(t.Context())
			stolen <- err
		}()
		first.peer.Cut()
		if err := <-stolen; err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		if got := w.runsOf(second, "often"); !slices.Equal(got, []string{"20000101t000500z queued"}) {
			t.Errorf("runs %q", got)
		}
		if w.leaderOf(second) != second {
			t.Error("the second does not lead")
		}
	})
}

func TestSetScheduleRefuses(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		p := w.plane()
		for want, s := range map[string]api.Series{
			"--cron":              {Spec: spec("a")},
			"minute":              {Spec: spec("a"), Cron: "61 * * * *"},
			"zone":                {Spec: spec("a"), Cron: "@daily", Zone: "Nowhere"},
			"skip, queue":         {Spec: spec("a"), Cron: "@daily", Overlap: "pile"},
			"is not a name":       {Spec: spec("a"), Cron: "@daily", Name: "A B"},
			"too long":            {Spec: spec("a"), Cron: "@daily", Name: strings.Repeat("a", 60)},
			"1 to 100":            {Spec: spec("a"), Cron: "@daily", Weight: 1000},
			"deliver exclude":     {Spec: "version: 1\nname: x\nsource: {list: {inputs: [/a.txt]}}\ndeliver: {}\n", Cron: "@daily"},
			"unknown key":         {Spec: spec("a") + "x: 1\n", Cron: "@daily"},
			"want an absolute pa": {Spec: "version: 1\nname: x\nsource: {list: {inputs: [a.txt]}}\n", Cron: "@daily"},
		} {
			_, err := p.SetSchedule(t.Context(), s)
			refusal(t, err, 400)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v, want %q in it", err, want)
			}
		}
		if timers, err := p.medium.Timers.Timers(t.Context()); err != nil || len(timers) != 0 {
			t.Errorf("timers %+v, %v", timers, err)
		}
	})
}
