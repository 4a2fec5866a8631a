package workers_test

import (
	"fmt"
	"os"
	"sync"
	"testing"

	"pairmill/internal/crashpoint"
	"pairmill/schemas"
)

// allCrashes makes TestCrashPoints take every task, every point and three jobs of each, as make test-faults does.
const allCrashes = "PAIRMILL_ALL_CRASHES"

// crash is one death: at the n-th time that a task's jobs come to a point.
type crash struct {
	task  schemas.Task
	point string
	n     int
}

func (c crash) String() string { return fmt.Sprintf("%s:%s:%d", c.task, c.point, c.n) }

// crashes are a job of each stage at each point that every job passes; or all there are. A task with few jobs or one object
// does not come to all of them.
func crashes(all bool) []crash {
	tasks := []schemas.Task{
		schemas.TaskPlan, schemas.TaskWalk, schemas.TaskFetch, schemas.TaskDedup, schemas.TaskEmbed, schemas.TaskCurate, schemas.TaskPublish,
	}
	points := []string{crashpoint.Begin, crashpoint.Half, crashpoint.Committed, crashpoint.Pushed, crashpoint.Acked}
	times := 1
	if all {
		tasks, points, times = sinceTasks, crashpoint.Points(), 3
	}
	var list []crash
	for _, task := range tasks {
		for _, point := range points {
			for n := range times {
				list = append(list, crash{task, point, n + 1})
			}
		}
	}
	return list
}

// TestCrashPoints kills processes between their steps, also where nothing is written: between commit, queue and
// acknowledgement. It takes a build with the tag crashpoints; make test and make test-faults make one.
func TestCrashPoints(t *testing.T) {
	if !crashpoint.Built {
		t.Skip("this build has no crash points: make test runs a pass with them")
	}
	all := os.Getenv(allCrashes) != ""
	w := newSinceWorld(t)
	var running sync.WaitGroup
	free := make(chan struct{}, together)
	var mu sync.Mutex
	died := map[string]int{}
	for i, c := range crashes(all) {
		free <- struct{}{}
		running.Go(func() {
			defer func() { <-free }()
			t.Run(c.String(), func(t *testing.T) {
				if w.crash(t, fmt.Sprintf("point-%d", i), c, i%keepQueue == 0) {
					mu.Lock()
					died[string(c.task)+":"+c.point]++
					mu.Unlock()
				} else if !all {
					t.Error("it lived: the task does not come to this point")
				}
			})
		})
	}
	running.Wait()
	for _, task := range w.tasks {
		for _, point := range []string{crashpoint.Begin, crashpoint.Committed, crashpoint.Pushed} {
			// The last job ends the process before it is settled.
			if all && task != schemas.TaskRelease && died[string(task)+":"+point] == 0 {
				t.Errorf("nothing died at %s:%s", task, point)
			}
		}
	}
}

// crash is one child that dies and another that ends its run, and tells whether the first did die.
func (w *world) crash(t *testing.T, contact string, at crash, keep bool) bool {
	o := order{Dir: t.TempDir(), Spec: w.spec(contact), Since: w.since, Workers: 1, Crash: at.String(), Lease: shortLease}
	seed(t, w, openLocal(t, o.Dir))
	_, wait := o.start(t)
	died := wait()
	o.Crash, o.Forget = "", !keep
	if died {
		o.finish(t)
	}
	w.check(t, openLocal(t, o.Dir), contact, w.inFlight(), 2)
	return died
}
