// Package clustertest is the suite that every cluster.Queue passes.
package clustertest

import (
	"context"
	"testing"

	"pairmill/cluster"
	"pairmill/schemas"
)

// Queue is a queue with all its powers.
type Queue interface {
	cluster.Queue
	cluster.Adder
	cluster.DeadLetterLister
	cluster.Steering
}

// Harness is one queue under test, empty and the test's own.
type Harness struct {
	// Queue is the queue. Its lease should be about two seconds on a real clock: long enough for a slow machine, short
	// enough to wait for. The harness closes it when the test ends.
	Queue Queue

	// Inject puts a raw message in the place of a job.
	Inject func(t *testing.T, run string, stage schemas.Stage, id string, body []byte)

	// Restart ends the medium and opens it again from what it keeps, and returns the new queue. Nil when it keeps
	// nothing.
	Restart func(t *testing.T) Queue

	// Beside opens the same medium as another process would. Nil when there can be no other.
	Beside func(t *testing.T) Queue
}

// Case is one test of the suite.
type Case struct {
	Name string
	Run  func(t *testing.T, h Harness)
}

// Run runs the suite; open makes a fresh harness for each case, and may call t.Parallel.
func Run(t *testing.T, open func(t *testing.T) Harness) {
	for _, c := range Cases() {
		t.Run(c.Name, func(t *testing.T) { c.Run(t, open(t)) })
	}
}

// Cases returns the suite, for callers that wrap each case (testing/synctest).
func Cases() []Case {
	return []Case{
		{"order", order},
		{"unique until acked", unique},
		{"duplicates do not hinder others", duplicates},
		{"add says what is new", addTells},
		{"same name in another run", anotherRun},
		{"invalid job is refused", invalid},
		{"many jobs at once", many},
		{"lease runs out", leaseRunsOut},
		{"extend keeps the lease", extendKeeps},
		{"extend after the lease", extendLate},
		{"late ack", lateAck},
		{"late settlements change nothing", lateOthers},
		{"retry after a delay", retryDelay},
		{"return is not counted", returnUncounted},
		{"reject", reject},
		{"poison", poison},
		{"pull blocks", pullBlocks},
		{"cancelled pull loses nothing", cancelLosesNothing},
		{"stages do not mix", stagesApart},
		{"pending", pending},
		{"many workers", manyWorkers},
		{"close", closeEnds},
		{"restart", restart},
		{"a second run gets its share", fairShare},
		{"weights", weights},
		{"pause and resume", pauses},
		{"drop", drop},
		{"steer after a restart", steerRestart},
		{"fifty runs", manyRuns},
		{"beside another process", beside},
	}
}

func job(name string) schemas.Job {
	return schemas.Job{Version: schemas.Version, Run: "r1", Task: schemas.TaskFetch, Group: "g0", Name: name}
}

func push(t *testing.T, q cluster.Queue, jobs ...schemas.Job) {
	t.Helper()
	if err := q.Push(t.Context(), jobs...); err != nil {
		t.Fatalf("Push: %v", err)
	}
}

func pull(t *testing.T, q cluster.Queue) cluster.Delivery {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	d, err := q.Pull(ctx, schemas.StageFetch)
	if err != nil {
		t.Fatalf("Pull: %v", err)
	}
	return d
}

// must fails the test when a settlement failed.
func must(t *testing.T, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

func wantDelivery(t *testing.T, d cluster.Delivery, name string, attempt int) {
	t.Helper()
	if d.Job() != job(name) || d.Attempt() != attempt {
		t.Fatalf("delivered %+v, attempt %d; want job %q, attempt %d", d.Job(), d.Attempt(), name, attempt)
	}
}

func wantPending(t *testing.T, q cluster.Queue, want int) {
	t.Helper()
	got, err := q.Pending(t.Context(), "r1", schemas.StageFetch)
	if err != nil || got != want {
		t.Fatalf("Pending = %d, %v; want %d", got, err, want)
	}
}
