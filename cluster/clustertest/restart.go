package clustertest

import "testing"

// restart: what was not acked comes back, also what was in work, and names stay taken.
func restart(t *testing.T, h Harness) {
	if h.Restart == nil {
		t.Skip("this queue keeps nothing beyond its process")
	}
	push(t, h.Queue, job("a"), job("b"), job("c"), job("d"))
	must(t, "Ack", pull(t, h.Queue).Ack(t.Context()))
	lost := pull(t, h.Queue)
	wantDelivery(t, lost, "b", 1)
	must(t, "Reject", pull(t, h.Queue).Reject(t.Context(), "bad"))

	q := h.Restart(t)
	push(t, q, job("b"), job("d"), job("e"))
	wantPending(t, q, 3)
	got := map[string]int{}
	for range 3 {
		d := pull(t, q)
		got[d.Job().Name] = d.Attempt()
		must(t, "Ack", d.Ack(t.Context()))
	}
	if len(got) != 3 || got["b"] != 2 || got["d"] != 1 || got["e"] != 1 {
		t.Fatalf("delivered after the restart, with attempts: %v", got)
	}
	wantPending(t, q, 0)
}
