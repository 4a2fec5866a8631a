package control

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pairmill/cluster"
	"pairmill/control/api"
	"pairmill/schemas"
	"pairmill/store"
)

// TestRun takes a run from submission to its end, with two control planes and two workers.
func TestRun(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		a, b := w.plane(), w.plane()
		w.hand(WorkerConfig{Concurrency: 2})
		w.hand(WorkerConfig{Concurrency: 2})
		w.leaderOf(a, b)
		run := w.submit(a, "first")
		again, err := b.Submit(t.Context(), api.Submission{Spec: spec("first")})
		if err != nil || again.Created || again.Run != run {
			t.Errorf("the same spec again: %+v, %v", again, err)
		}
		got := w.await(b, run, schemas.RunDone)
		if got.Rows.In != 2*shards || got.Rows.Dropped != 0 || got.Generations != 1 || got.Quarantined.Total != 0 || got.By != "test" {
			t.Errorf("status %+v", got)
		}
		i := slices.IndexFunc(got.Stages, func(s api.Stage) bool { return s.Stage == schemas.StageFetch })
		if i < 0 || got.Stages[i].Jobs != (api.Jobs{Done: shards, Planned: shards}) || got.Stages[i].Done != 2*shards {
			t.Errorf("stages %+v", got.Stages)
		}
		w.same(run)
		if got := w.actions(run); !slices.Equal(got, []schemas.Action{schemas.ActionSubmit, schemas.ActionEnd}) {
			t.Errorf("decisions %v", got)
		}
		list, err := a.List(t.Context())
		if err != nil || len(list.Runs) != 1 || list.Runs[0].State != schemas.RunDone || list.Runs[0].Rows.In != 2*shards {
			t.Errorf("runs %+v, %v", list, err)
		}
		if members(t, a, cluster.RoleControl) != 2 || members(t, a, cluster.RoleWorker) != 2 {
			t.Error("not all processes are members")
		}
		if _, err := a.Cancel(t.Context(), run, "test", ""); err == nil {
			t.Error("what is done was cancelled")
		}
	})
}

// TestLeaderDies cuts the leader off in the middle of a run, together with everything that the queue holds of it.
func TestLeaderDies(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		a, b := w.plane(), w.plane()
		w.hand(WorkerConfig{})
		first := w.leaderOf(a, b)
		second := map[*plane]*plane{a: b, b: a}[first]
		w.setHang("pool/00003")
		run := w.submit(first, "first")
		w.await(first, run, schemas.RunRunning)
		time.Sleep(10 * time.Second) // all is done but one shard, in which a worker hangs
		first.peer.Cut()
		if err := w.queue.Drop(t.Context(), run); err != nil { // the queue has lost its disk
			t.Fatal(err)
		}
		began := time.Now()
		if w.leaderOf(second) != second || time.Since(began) > cluster.LockTTL+2*time.Second {
			t.Errorf("taken over after %v", time.Since(began))
		}
		time.Sleep(5 * time.Second)
		if n := w.left(run); n == 0 {
			t.Error("nothing was derived again")
		}
		w.setHang("")
		w.await(second, run, schemas.RunDone)
		w.same(run)
		first.peer.Mend()
		time.Sleep(time.Minute)
		if got := w.actions(run); !slices.Equal(got, []schemas.Action{schemas.ActionSubmit, schemas.ActionEnd}) {
			t.Errorf("decisions %v", got)
		}
		second.stop()
		if w.leaderOf(first) != first {
			t.Error("the first does not lead again")
		}
	})
}

// TestLostMessages: the queue forgets a run while nothing else happens.
func TestLostMessages(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		c := w.plane()
		run := w.submit(c, "first")
		time.Sleep(5 * time.Second)
		if n := w.left(run); n != 1 { // nobody works: the plan is queued
			t.Fatalf("%d jobs queued", n)
		}
		if err := w.queue.Drop(t.Context(), run); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		if n := w.left(run); n != 1 {
			t.Errorf("%d jobs queued after the loss", n)
		}
		if got := w.await(c, run, schemas.RunQueued); got.Rows.In != 0 {
			t.Errorf("status %+v", got)
		}
	})
}

func TestPause(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		c := w.plane()
		run := w.submit(c, "first")
		if _, err := c.Pause(t.Context(), run, "test", "the site asked"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		h := w.hand(WorkerConfig{})
		time.Sleep(time.Minute)
		got := w.await(c, run, schemas.RunPaused)
		if got.Text != "the site asked" || w.left(run) != 1 || len(h.activity.jobs) != 0 {
			t.Errorf("paused: %+v, %d jobs queued", got, w.left(run))
		}
		other := w.submit(c, "second")
		w.await(c, other, schemas.RunDone) // others go on
		for range 2 {
			if now, err := c.Resume(t.Context(), run, api.Resumption{By: "test"}); err != nil || now.State != schemas.RunRunning {
				t.Fatalf("resume: %+v, %v", now, err)
			}
		}
		w.await(c, run, schemas.RunDone)
		w.same(run)
		if got := w.actions(run); !slices.Equal(got, []schemas.Action{schemas.ActionSubmit, schemas.ActionPause, schemas.ActionResume, schemas.ActionEnd}) {
			t.Errorf("decisions %v", got)
		}
		_, err := c.Pause(t.Context(), run, "test", "")
		refusal(t, err, 409)
		_, err = c.Resume(t.Context(), run, api.Resumption{By: "test"})
		refusal(t, err, 409)
	})
}

// TestCancel: a job in work is stopped within seconds and counts for nothing; what is done stays, and resuming ends it.
func TestCancel(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		c := w.plane()
		h := w.hand(WorkerConfig{Concurrency: 1})
		w.setHang("pool/00003")
		run := w.submit(c, "first")
		time.Sleep(10 * time.Second)
		working := w.await(c, run, schemas.RunRunning)
		if len(working.Workers) != 1 || len(working.Workers[0].Jobs) != 1 || working.Workers[0].Jobs[0].ForSeconds < 5 {
			t.Fatalf("workers %+v", working.Workers)
		}
		if _, err := c.Cancel(t.Context(), run, "test", "wrong list"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		h.activity.mu.Lock()
		if n := len(h.activity.jobs); n != 0 {
			t.Errorf("%d jobs in work 5 s after the cancellation", n)
		}
		h.activity.mu.Unlock()
		if n := w.left(run); n != 0 {
			t.Errorf("%d jobs queued after the cancellation", n)
		}
		w.setHang("")
		time.Sleep(10 * time.Minute)
		got := w.await(c, run, schemas.RunCancelled)
		if got.Rows.In != 2*3 || got.Text != "wrong list" || got.Quarantined.Total != 0 {
			t.Errorf("cancelled: %+v", got)
		}
		if _, err := c.Resume(t.Context(), run, api.Resumption{By: "test"}); err != nil {
			t.Fatal(err)
		}
		w.await(c, run, schemas.RunDone)
		w.same(run)
	})
}

// TestStopped: a run that cannot begin says why, and goes on when it is mended.
func TestStopped(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		c := w.plane()
		w.hand(WorkerConfig{})
		text := strings.Replace(spec("first"), "pool/*.tar", "other/*.tar", 1)
		got, err := c.Submit(t.Context(), api.Submission{Spec: text, Name: "by-name", Weight: 7})
		if err != nil || got.Run != "by-name" {
			t.Fatal(got, err)
		}
		run := got.Run
		stopped := w.await(c, run, schemas.RunStopped)
		if !strings.Contains(stopped.Text, "other/*.tar") || stopped.Quarantined.Total != 1 || stopped.Weight != 7 {
			t.Errorf("stopped: %+v", stopped)
		}
		time.Sleep(time.Minute)
		if n := w.left(run); n != 0 {
			t.Errorf("%d jobs left", n)
		}
		w.putTar("other/0.tar", 0)
		if now, err := c.Resume(t.Context(), run, api.Resumption{By: "test"}); err != nil || now.State != schemas.RunRunning {
			t.Fatalf("resume: %+v, %v", now, err)
		}
		if got := w.await(c, run, schemas.RunDone); got.Quarantined.Total != 0 || got.Rows.In != 2 {
			t.Errorf("mended: %+v", got)
		}
	})
}

func TestSubmitRefuses(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		c := w.plane()
		list := "version: 1\nname: x\nsource: {list: {inputs: [%s]}}\ndeliver: {}\n"
		for _, s := range []struct {
			name, spec, run string
			weight, status  int
			want            string
		}{
			{"no spec", "", "", 0, 400, "empty"},
			{"a typo", spec("a") + "filtre: {}\n", "", 0, 400, "filter"},
			{"a path of the client", strings.Replace(list, "%s", "urls.txt", 1), "", 0, 400, "absolute path"},
			{"a model of the client", "version: 1\nname: x\nsource: {web: {seeds: [\"https://a.example/\"]}}\nembed: {model: models/clip}\n", "", 0, 400, "embed.model"},
			{"a bad name", spec("a"), "Not Good", 0, 400, "run name"},
			{"too heavy", spec("a"), "", 101, 400, "1 to 100"},
		} {
			_, err := c.Submit(t.Context(), api.Submission{Spec: s.spec, Name: s.run, Weight: s.weight})
			refusal(t, err, s.status)
			if err == nil || !strings.Contains(err.Error(), s.want) {
				t.Errorf("%s: %v, want %q in it", s.name, err, s.want)
			}
		}
		if _, err := c.Submit(t.Context(), api.Submission{Spec: spec("a"), Name: "same"}); err != nil {
			t.Fatal(err)
		}
		_, err := c.Submit(t.Context(), api.Submission{Spec: spec("b"), Name: "same"})
		refusal(t, err, 409)

		one := strings.Replace(list, "%s", "/lists/one.txt", 1)
		_, err = c.Submit(t.Context(), api.Submission{Spec: one, Name: "same"}) // which claims nothing
		refusal(t, err, 409)
		first, err := c.Submit(t.Context(), api.Submission{Spec: one})
		if err != nil {
			t.Fatal(err)
		}
		if again, err := c.Submit(t.Context(), api.Submission{Spec: one}); err != nil || again.Created {
			t.Errorf("the same delivery again: %+v, %v", again, err)
		}
		_, err = c.Submit(t.Context(), api.Submission{Spec: strings.Replace(list, "%s", "/lists/two.txt", 1)})
		refusal(t, err, 409)
		if err == nil || !strings.Contains(err.Error(), first.Run) {
			t.Errorf("a second delivery into one store: %v", err)
		}
	})
}

func TestDeliveryIntoAForeignFolder(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		c := w.plane()
		if _, err := w.store.Put(t.Context(), "00000.tar", store.Bytes([]byte("x"))); err != nil {
			t.Fatal(err)
		}
		_, err := c.Submit(t.Context(), api.Submission{Spec: "version: 1\nname: x\nsource: {list: {inputs: [/lists/a.txt]}}\ndeliver: {}\n"})
		refusal(t, err, 409)
		for _, run := range []string{"none", "Not Good"} {
			if _, err := c.Status(t.Context(), run); err == nil {
				t.Errorf("a status of %q", run)
			}
		}
	})
}
