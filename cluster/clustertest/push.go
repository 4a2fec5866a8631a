package clustertest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pairmill/schemas"
)

func order(t *testing.T, h Harness) {
	var jobs []schemas.Job
	for i := range 5 {
		jobs = append(jobs, job(fmt.Sprint(i)))
	}
	push(t, h.Queue, jobs...)
	for i := range 5 {
		d := pull(t, h.Queue)
		wantDelivery(t, d, fmt.Sprint(i), 1)
		must(t, "Ack", d.Ack(t.Context()))
	}
	wantPending(t, h.Queue, 0)
}

func unique(t *testing.T, h Harness) {
	push(t, h.Queue, job("a"))
	push(t, h.Queue, job("a"))
	wantPending(t, h.Queue, 1)
	d := pull(t, h.Queue)
	push(t, h.Queue, job("a")) // in work
	wantPending(t, h.Queue, 1)
	wantNone(t, h.Queue, d.Lease()/4)
	must(t, "Ack", d.Ack(t.Context()))
	wantPending(t, h.Queue, 0)
	push(t, h.Queue, job("a")) // free again
	wantDelivery(t, pull(t, h.Queue), "a", 1)
}

func duplicates(t *testing.T, h Harness) {
	push(t, h.Queue, job("b"), job("d"))
	push(t, h.Queue, job("a"), job("b"), job("c"), job("d"), job("e"), job("e"))
	wantPending(t, h.Queue, 5)
	for _, name := range []string{"b", "d", "a", "c", "e"} {
		wantDelivery(t, pull(t, h.Queue), name, 1)
	}
}

// addTells: of few jobs and of many, what was neither queued nor in work is told.
func addTells(t *testing.T, h Harness) {
	for _, n := range []int{3, 60} {
		var all, old []schemas.Job
		for i := range n {
			all = append(all, job(fmt.Sprintf("%d-%02d", n, i)))
		}
		old = append(old, all[n/3:2*n/3]...)
		push(t, h.Queue, old...)
		d := pull(t, h.Queue) // one of them is in work
		added, err := h.Queue.Add(t.Context(), append(all, all[0])...)
		must(t, "Add", err)
		want := slices.Concat(all[:n/3], all[2*n/3:])
		if !slices.Equal(added, want) {
			t.Fatalf("of %d jobs added %d, want %d:\n%v", n, len(added), len(want), added)
		}
		if added, err = h.Queue.Add(t.Context(), all...); len(added) > 0 || err != nil {
			t.Fatalf("again: added %v, %v", added, err)
		}
		must(t, "Ack", d.Ack(t.Context()))
		for range n - 1 {
			must(t, "Ack", pull(t, h.Queue).Ack(t.Context()))
		}
	}
	wantPending(t, h.Queue, 0)
}

func anotherRun(t *testing.T, h Harness) {
	other := job("a")
	other.Run = "r2"
	next := job("a")
	next.Generation = 1
	push(t, h.Queue, job("a"), other, next)
	for _, want := range []schemas.Job{job("a"), other, next} {
		if got := pull(t, h.Queue).Job(); got != want {
			t.Fatalf("delivered %+v, want %+v", got, want)
		}
	}
}

func invalid(t *testing.T, h Harness) {
	future := job("a")
	future.Version++
	dotted := job("a.b")
	for _, bad := range []schemas.Job{future, dotted, {}} {
		if err := h.Queue.Push(t.Context(), bad); err == nil {
			t.Errorf("Push took %+v", bad)
		}
	}
	must(t, "Push of nothing", h.Queue.Push(t.Context()))
	wantPending(t, h.Queue, 0)
}

func many(t *testing.T, h Harness) {
	const n = 10_000
	jobs := make([]schemas.Job, n)
	for i := range jobs {
		jobs[i] = job(fmt.Sprintf("%05d", i))
	}
	start := time.Now()
	push(t, h.Queue, jobs...)
	took := time.Since(start)
	wantPending(t, h.Queue, n)
	again := time.Now()
	push(t, h.Queue, append(jobs[n-1500:], job("new"))...)
	t.Logf("pushed %d jobs in %v, 1500 of them again with a new one in %v", n, took, time.Since(again))
	wantPending(t, h.Queue, n+1)
	wantDelivery(t, pull(t, h.Queue), "00000", 1)
}
