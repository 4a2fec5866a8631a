package control

import (
	"testing"
	"time"

	"pairmill/schemas"
	"pairmill/store"
)

// TestTallyInBits reads a run's records under a budget that is used up at once, then without one; damage is told.
func TestTallyInBits(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		p := w.plane()
		w.hand(WorkerConfig{})
		run := w.submit(p, "first")
		w.await(p, run, schemas.RunDone)
		now, err := p.standing(t.Context(), run)
		if err != nil {
			t.Fatal(err)
		}
		all := newTallies(w.store)
		x, err := all.of(t.Context(), run, now, -time.Second)
		if err != nil || !x.partial || x.rows().In != 0 || summarized(run, now, x, nil).State != schemas.RunDone {
			t.Errorf("without time: %+v, %v", x.rows(), err)
		}
		running := now
		running.State = schemas.RunRunning
		if got := summarized(run, running, x, nil); got.State != schemas.RunRunning || !got.Partial {
			t.Errorf("nobody knows whether it has begun: %+v", got)
		}
		if x, err = all.of(t.Context(), run, now, time.Minute); err != nil || x.partial || x.rows().In != 2*shards || x.seen != nil {
			t.Errorf("with time: %+v, %v", x.rows(), err)
		}
		now.Decisions++ // taken up again
		if x, err = all.of(t.Context(), run, now, time.Minute); err != nil || x.rows().In != 2*shards {
			t.Errorf("anew: %+v, %v", x.rows(), err)
		}
		if _, err := w.store.Put(t.Context(), store.Run(run)+"commits/fetch/g00000/fetch-99999.json", store.Bytes([]byte("{"))); err != nil {
			t.Fatal(err)
		}
		now.Decisions++
		if _, err = all.of(t.Context(), run, now, time.Minute); err == nil {
			t.Error("damage passes")
		}
	})
}
