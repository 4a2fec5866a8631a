package clustertest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"pairmill/cluster"
	"pairmill/schemas"
)

func jobOf(run, name string) schemas.Job {
	j := job(name)
	j.Run = run
	return j
}

// jobsOf makes n jobs of a run, named by number.
func jobsOf(run string, n int) []schemas.Job {
	jobs := make([]schemas.Job, n)
	for i := range jobs {
		jobs[i] = jobOf(run, fmt.Sprintf("%03d", i))
	}
	return jobs
}

func steer(t *testing.T, q cluster.Steering, run string, s cluster.Share) {
	t.Helper()
	must(t, "Steer", q.Steer(t.Context(), run, s))
}

// take pulls and acks n jobs, checks that those of each run come in order, and counts them by run.
func take(t *testing.T, q cluster.Queue, n int, last map[string]string) map[string]int {
	t.Helper()
	count := map[string]int{}
	for range n {
		d := pull(t, q)
		j := d.Job()
		if before, ok := last[j.Run]; ok && j.Name <= before {
			t.Fatalf("job %s of run %s delivered after %s", j.Name, j.Run, before)
		}
		last[j.Run] = j.Name
		count[j.Run]++
		must(t, "Ack", d.Ack(t.Context()))
	}
	return count
}

// fairShare: a run gets its turn, however many jobs another has queued before it.
func fairShare(t *testing.T, h Harness) {
	push(t, h.Queue, jobsOf("r1", 100)...)
	last := map[string]string{}
	take(t, h.Queue, 5, last)
	push(t, h.Queue, jobsOf("r2", 10)...)
	// 20 are its share; the rest is for a medium of several machines, where one of them hears of jobs a little later.
	if got := take(t, h.Queue, 30, last); got["r2"] != 10 {
		t.Fatalf("of 30 jobs handed out, %d are of the second run, which queued 10", got["r2"])
	}
	if got := take(t, h.Queue, 75, last); got["r1"] != 75 {
		t.Fatalf("the rest was %v", got)
	}
	wantPending(t, h.Queue, 0)
}

func weights(t *testing.T, h Harness) {
	steer(t, h.Queue, "r1", cluster.Share{Weight: 3})
	push(t, h.Queue, jobsOf("r1", 80)...)
	push(t, h.Queue, jobsOf("r2", 80)...)
	last := map[string]string{}
	take(t, h.Queue, 4, last)
	if got := take(t, h.Queue, 40, last); got["r1"] < 27 || got["r1"] > 32 {
		t.Fatalf("weights 3 and 1: handed out %v of 40", got)
	}
	steer(t, h.Queue, "r1", cluster.Share{Weight: 1})
	steer(t, h.Queue, "r2", cluster.Share{Weight: 4})
	take(t, h.Queue, 4, last)
	if got := take(t, h.Queue, 40, last); got["r2"] < 29 || got["r2"] > 35 {
		t.Fatalf("weights 1 and 4: handed out %v of 40", got)
	}
	// What one run does not use is the other's.
	if got := take(t, h.Queue, 72, last); got["r1"]+got["r2"] != 72 {
		t.Fatalf("the rest was %v", got)
	}
}

// pauses: a paused run hands out nothing, neither what was queued, nor what is pushed, nor what comes back.
func pauses(t *testing.T, h Harness) {
	push(t, h.Queue, jobOf("r1", "a"), jobOf("r1", "b"), jobOf("r1", "c"))
	held := pull(t, h.Queue)
	lost := pull(t, h.Queue)
	steer(t, h.Queue, "r1", cluster.Share{Paused: true})
	steer(t, h.Queue, "r1", cluster.Share{Paused: true})
	got := waitFor(t, h.Queue)
	push(t, h.Queue, jobOf("r1", "d"))
	idle(t, held.Lease()/4)
	must(t, "Ack", held.Ack(t.Context())) // jobs in work go on
	outlast(t, lost)
	push(t, h.Queue, jobOf("r2", "x"))
	if d := <-got; d == nil || d.Job() != jobOf("r2", "x") {
		t.Fatalf("beside a paused run, delivered %v", d)
	}
	wantNone(t, h.Queue, held.Lease()/4)
	wantPending(t, h.Queue, 3)

	got = waitFor(t, h.Queue)
	idle(t, 20*time.Millisecond)
	steer(t, h.Queue, "r1", cluster.Share{})
	names := map[string]bool{}
	for _, d := range []cluster.Delivery{<-got, pull(t, h.Queue), pull(t, h.Queue)} {
		if d == nil {
			t.FailNow()
		}
		names[d.Job().Name] = true
		must(t, "Ack", d.Ack(t.Context()))
	}
	if !names["b"] || !names["c"] || !names["d"] {
		t.Fatalf("delivered after the pause: %v", names)
	}
	wantPending(t, h.Queue, 0)
}

// waitFor pulls in the background.
func waitFor(t *testing.T, q cluster.Queue) <-chan cluster.Delivery {
	got := make(chan cluster.Delivery, 1)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	go func() {
		defer cancel()
		d, err := q.Pull(ctx, schemas.StageFetch)
		if err != nil {
			t.Errorf("Pull: %v", err)
		}
		got <- d
	}()
	return got
}

// drop: nothing of a run is left but its dead letters, and what its workers still say changes nothing.
func drop(t *testing.T, h Harness) {
	embed := job("other-stage")
	embed.Task = schemas.TaskEmbed
	push(t, h.Queue, append(jobsOf("r1", 9), embed)...)
	must(t, "Reject", pull(t, h.Queue).Reject(t.Context(), "bad"))
	must(t, "Retry", pull(t, h.Queue).Retry(t.Context(), time.Hour))
	var held []cluster.Delivery
	for range 5 {
		held = append(held, pull(t, h.Queue))
	}
	steer(t, h.Queue, "r1", cluster.Share{Paused: true})
	push(t, h.Queue, jobOf("r2", "x"))

	must(t, "Drop", h.Queue.Drop(t.Context(), "r1"))
	must(t, "second Drop", h.Queue.Drop(t.Context(), "r1"))
	must(t, "Drop of an unknown run", h.Queue.Drop(t.Context(), "r9"))
	wantPending(t, h.Queue, 0)
	if n, err := h.Queue.Pending(t.Context(), "r1", schemas.StageEmbed); n != 0 || err != nil {
		t.Fatalf("%d jobs pending in another stage, %v", n, err)
	}
	must(t, "Ack", held[0].Ack(t.Context()))
	must(t, "Retry", held[1].Retry(t.Context(), 0))
	must(t, "Return", held[2].Return(t.Context()))
	must(t, "Reject", held[3].Reject(t.Context(), "worse"))
	if err := held[4].Extend(t.Context()); !errors.Is(err, cluster.ErrLeaseLost) {
		t.Fatalf("Extend of a dropped job: %v, want ErrLeaseLost", err)
	}
	wantPending(t, h.Queue, 0)
	if dead := deadLetters(t, h.Queue, "r1"); len(dead) != 1 || dead[0].Reason != "bad" {
		t.Fatalf("dead letters %+v, want the one from before", dead)
	}
	other := pull(t, h.Queue)
	if other.Job() != jobOf("r2", "x") {
		t.Fatalf("delivered %+v, want the other run's job", other.Job())
	}
	must(t, "Ack", other.Ack(t.Context()))
	wantNone(t, h.Queue, held[0].Lease()/4)

	push(t, h.Queue, jobOf("r1", "004")) // the run begins anew, with the share of any other
	wantDelivery(t, pull(t, h.Queue), "004", 1)
}

// steerRestart: whoever steers repeats it, and then it holds, also when the medium has forgotten.
func steerRestart(t *testing.T, h Harness) {
	if h.Restart == nil {
		t.Skip("this queue keeps nothing beyond its process")
	}
	steer(t, h.Queue, "r1", cluster.Share{Paused: true})
	push(t, h.Queue, jobOf("r1", "a"), jobOf("r2", "b"))
	q := h.Restart(t)
	steer(t, q, "r1", cluster.Share{Paused: true})
	d := pull(t, q)
	if d.Job() != jobOf("r2", "b") {
		t.Fatalf("delivered %+v", d.Job())
	}
	wantNone(t, q, d.Lease()/4)
	steer(t, q, "r1", cluster.Share{})
	wantDelivery(t, pull(t, q), "a", 1)
}

// manyRuns: fifty runs side by side, each of which gets a job before any gets many.
func manyRuns(t *testing.T, h Harness) {
	const runs, each = 50, 3
	for r := range runs {
		push(t, h.Queue, jobsOf(fmt.Sprintf("r%02d", r), each)...)
	}
	last := map[string]string{}
	if got := take(t, h.Queue, runs*3/2, last); len(got) != runs {
		t.Errorf("of the first %d jobs, some are of %d runs; want %d", runs*3/2, len(got), runs)
	}
	take(t, h.Queue, runs*each-runs*3/2, last)
	wantNone(t, h.Queue, 50*time.Millisecond)
}

// beside: another process pushes, steers and drops, and this one hears of it.
func beside(t *testing.T, h Harness) {
	if h.Beside == nil {
		t.Skip("this queue has one process")
	}
	other := h.Beside(t)
	got := waitFor(t, h.Queue)
	idle(t, 100*time.Millisecond)
	start := time.Now()
	push(t, other, jobOf("r1", "a"))
	held := <-got
	if held == nil || held.Job() != jobOf("r1", "a") {
		t.Fatalf("delivered %v", held)
	}
	t.Logf("another process's job of a new run came after %v", time.Since(start))

	got = waitFor(t, h.Queue)
	steer(t, other, "r1", cluster.Share{Paused: true})
	idle(t, held.Lease()/4)
	push(t, other, jobOf("r1", "b"), jobOf("r2", "x"))
	d := <-got
	if d == nil || d.Job() != jobOf("r2", "x") {
		t.Fatalf("while another has paused the run, delivered %v", d)
	}
	must(t, "Ack", d.Ack(t.Context())) // or it comes back when its lease is over
	got = waitFor(t, h.Queue)
	steer(t, other, "r1", cluster.Share{})
	if d := <-got; d == nil || d.Job() != jobOf("r1", "b") {
		t.Fatalf("after another has resumed the run, delivered %v", d)
	}

	push(t, h.Queue, jobOf("r1", "c"))
	must(t, "Drop", other.Drop(t.Context(), "r1"))
	wantPending(t, h.Queue, 0)
	must(t, "Ack of a dropped job", held.Ack(t.Context()))
	wantNone(t, h.Queue, held.Lease()/4)
	push(t, h.Queue, jobOf("r1", "d")) // what a worker pushes is queued again, for everybody
	if d := pull(t, other); d.Job() != jobOf("r1", "d") {
		t.Fatalf("delivered %+v", d.Job())
	}
}
