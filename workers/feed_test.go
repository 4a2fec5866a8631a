package workers

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
	"pairmill/store/mem"
)

// feedWorld plays a run's fetches without doing them: jobs that the feed lets in settle in any order.
type feedWorld struct {
	t     *testing.T
	store *mem.Store
	feed  feed
	rng   *rand.Rand
	open  []schemas.Job          // let in and not settled
	seen  map[string]schemas.Job // ever let in
}

func (w *feedWorld) commit(job schemas.Job, work func(tx *ledger.Tx) error) {
	w.t.Helper()
	tx := ledger.Begin(w.store, job, "")
	defer tx.Close()
	if err := work(tx); err != nil {
		w.t.Fatal(err)
	}
	if _, err := tx.Commit(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *feedWorld) take(jobs []schemas.Job, err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	for _, j := range jobs {
		if _, ok := w.seen[j.ID()]; !ok {
			w.seen[j.ID()] = j
			w.open = append(w.open, j)
		}
	}
}

// plan plans fetch groups of the sizes given, numbered from first.
func (w *feedWorld) plan(task schemas.Task, generation, first int, end bool, sizes ...int) {
	w.t.Helper()
	job := schemas.NewJob("r", task, schemas.GroupAll, fmt.Sprintf("p%d", first), "")
	job.Generation = generation
	w.commit(job, func(tx *ledger.Tx) error {
		for i, n := range sizes {
			g := schemas.Group{Version: schemas.Version, Task: schemas.TaskFetch, Name: schemas.GroupName(first + i), Size: n}
			for k := range n {
				g.Jobs, g.Inputs = append(g.Jobs, schemas.PartName(k)), append(g.Inputs, "parts/x")
			}
			if err := ledger.PlanGroup(w.t.Context(), tx, g); err != nil {
				return err
			}
		}
		if end {
			return ledger.PlanEnd(w.t.Context(), tx, first+len(sizes))
		}
		return nil
	})
	w.take(w.feed.afterPlanning(w.t.Context(), job))
}

// settle settles one open job: mostly one of the oldest, as a queue would, sometimes any.
func (w *feedWorld) settle() {
	w.t.Helper()
	i := w.rng.IntN(len(w.open))
	if w.rng.IntN(4) > 0 {
		i = w.rng.IntN(min(len(w.open), 4))
	}
	job := w.open[i]
	w.open = slices.Delete(w.open, i, i+1)
	w.commit(job, func(*ledger.Tx) error { return nil })
	w.take(w.feed.afterFetch(w.t.Context(), job))
}

// Every planned fetch is let in, none with another generation's name, and never more at a time than the windows allow.
func TestFeedLetsInEverythingAndNeverTooMuch(t *testing.T) {
	t.Parallel()
	const ahead, largest = 10, 10
	for seed := range uint64(60) {
		s := mem.New()
		w := &feedWorld{t: t, store: s, feed: newFeed(s, ahead), rng: rand.New(rand.NewPCG(seed, 1)), seen: map[string]schemas.Job{}}
		total, groups := 0, 0
		for generation := range 2 {
			for left := 1 + w.rng.IntN(4); left > 0; left-- {
				sizes := make([]int, 1+w.rng.IntN(30))
				for i := range sizes {
					sizes[i] = 1 + w.rng.IntN(largest)
					total += sizes[i]
				}
				task := schemas.TaskExchange
				if generation > 0 {
					task, left = schemas.TaskCut, 1
				}
				w.plan(task, generation, groups, left == 1, sizes...)
				groups += len(sizes)
				for n := w.rng.IntN(total); n > 0 && len(w.open) > 0; n-- {
					if most := 10*ahead + 2*largest; len(w.open) > most {
						t.Fatalf("seed %d: %d jobs let in at a time, want at most %d", seed, len(w.open), most)
					}
					w.settle()
				}
			}
			for len(w.open) > 0 {
				w.settle()
			}
		}
		if len(w.seen) != total {
			t.Fatalf("seed %d: %d of %d jobs were let in", seed, len(w.seen), total)
		}
		n := 0
		for info, err := range s.List(t.Context(), store.Run("r")+"commits/fetch/") {
			if err != nil || info.Key == "" {
				t.Fatal(err)
			}
			n++
		}
		if n != total {
			t.Fatalf("seed %d: %d commits of %d jobs", seed, n, total)
		}
	}
}

// A few fetches that do not end hold up what is behind them only once ten windows have passed.
func TestFeedPassesStragglers(t *testing.T) {
	t.Parallel()
	s := mem.New()
	w := &feedWorld{t: t, store: s, feed: newFeed(s, 10), rng: rand.New(rand.NewPCG(1, 1)), seen: map[string]schemas.Job{}}
	sizes := slices.Repeat([]int{10}, 30)
	w.plan(schemas.TaskCut, 0, 0, true, sizes...)
	straggler := w.open[0]
	for {
		i := slices.IndexFunc(w.open, func(j schemas.Job) bool { return j != straggler })
		if i < 0 {
			break
		}
		job := w.open[i]
		w.open = slices.Delete(w.open, i, i+1)
		w.commit(job, func(*ledger.Tx) error { return nil })
		w.take(w.feed.afterFetch(t.Context(), job))
	}
	if want := 10 * 11; len(w.seen) != want {
		t.Errorf("%d jobs were let in past one that does not end, want %d", len(w.seen), want)
	}
	w.commit(straggler, func(*ledger.Tx) error { return nil })
	w.open = nil
	w.take(w.feed.afterFetch(t.Context(), straggler))
	if len(w.open) == 0 {
		t.Error("its end let in nothing")
	}
}
