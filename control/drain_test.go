package control

import (
	"testing"
	"time"

	"pairmill/schemas"
)

// TestDrain: what fits into the grace period is done, the rest handed back uncounted, and another worker goes on with it.
func TestDrain(t *testing.T) {
	for _, c := range []struct {
		name     string
		grace    time.Duration
		done     time.Duration // when the job in work can end; 0: never
		cut      time.Duration // when a second signal comes; 0: never
		took     time.Duration
		leftover bool // the job is handed back
	}{
		{"it is done in time", 30 * time.Second, 10 * time.Second, 0, 10 * time.Second, false},
		{"it is not", 30 * time.Second, 0, 0, 30 * time.Second, true},
		{"a second signal", 30 * time.Second, 0, 5 * time.Second, 5 * time.Second, true},
		{"no grace", -1, 0, 0, 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				p := w.plane()
				h := w.hand(WorkerConfig{Concurrency: 2, Grace: c.grace})
				w.setHang("pool/00003")
				run := w.submit(p, "first")
				time.Sleep(10 * time.Second)
				began := time.Now()
				h.stop()
				if c.done > 0 {
					time.AfterFunc(c.done, func() { w.setHang("") })
				}
				if c.cut > 0 {
					time.AfterFunc(c.cut, h.Cut)
				}
				if c.took > 3*time.Second {
					time.Sleep(3 * time.Second)
					if got, err := p.Members(t.Context()); err != nil || len(got.Members) != 2 || !got.Members[1].Draining {
						t.Errorf("while it drains: %+v, %v", got, err)
					}
				}
				if err := <-h.end; err != nil {
					t.Error(err)
				}
				if took := time.Since(began); took < c.took || took > c.took+time.Second {
					t.Errorf("stopped after %v, want %v", took, c.took)
				}
				w.handedBack(run, c.leftover)
				w.setHang("")
				w.hand(WorkerConfig{})
				w.await(p, run, schemas.RunDone)
				w.same(run)
			})
		})
	}
}

// handedBack checks whether a run's hanging job is in the queue, with no attempt counted.
func (w *world) handedBack(run string, want bool) {
	w.t.Helper()
	if n, err := w.queue.Pending(w.t.Context(), run, schemas.StageFetch); (n == 1) != want || err != nil {
		w.t.Fatalf("%d jobs are left, %v", n, err)
	}
	if !want {
		return
	}
	d, err := w.queue.Pull(w.t.Context(), schemas.StageFetch)
	if err != nil || d.Attempt() != 1 || d.Job().Name != "00003" {
		w.t.Fatalf("handed back: %+v, attempt %d, %v", d.Job(), d.Attempt(), err)
	}
	if err := d.Return(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// TestLateDrain: a worker whose jobs do not stop ends nevertheless, and says so.
func TestLateDrain(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		p := w.plane()
		h := w.hand(WorkerConfig{Grace: time.Second, DrainTimeout: 5 * time.Second})
		w.setHang("pool/00003")
		w.stubborn = true
		run := w.submit(p, "first")
		time.Sleep(10 * time.Second)
		h.stop()
		if err := <-h.end; err == nil {
			t.Error("it stopped although a job did not")
		}
		w.setHang("") // so that everything ends
		w.await(p, run, schemas.RunRunning)
	})
}
