package nats

import (
	"fmt"
	"testing"

	"pairmill/schemas"
)

// TestPushAgain: a Push whose answer was lost is sent again, and what has been done meanwhile is not done again.
func TestPushAgain(t *testing.T) {
	t.Parallel()
	pushAgain(t, openQueue(t, startServer(t, ServerConfig{}).Conn()))
}

func pushAgain(t *testing.T, q *Queue) {
	t.Helper()
	for _, n := range []int{1, 2 * minBatch} { // single messages, and a batch
		var jobs []schemas.Job
		for i := range n {
			jobs = append(jobs, testJob(fmt.Sprintf("%d-%02d", n, i)))
		}
		byStage, err := encode(jobs)
		if err != nil {
			t.Fatal(err)
		}
		batch := byStage[schemas.StageFetch]
		for try := range 3 {
			if _, err := q.pushBatch(t.Context(), schemas.StageFetch, batch); err != nil {
				t.Fatalf("%d jobs, try %d: %v", n, try, err)
			}
			if try == 0 { // the first half is done, and then the rest
				ackSome(t, q, (n+1)/2)
			} else if try == 1 {
				ackSome(t, q, n/2)
			}
		}
		wantQueued(t, q, 0)

		push(t, q, jobs...) // another Push is another matter
		wantQueued(t, q, n)
		ackSome(t, q, n)
	}

	// A batch that was refused for some of its jobs has left no trace of the others.
	var jobs []schemas.Job
	for i := range 3 * minBatch {
		jobs = append(jobs, testJob(fmt.Sprintf("x-%02d", i)))
	}
	push(t, q, jobs[5:15]...)
	push(t, q, jobs...)
	wantQueued(t, q, len(jobs))
}

func ackSome(t *testing.T, q *Queue, n int) {
	t.Helper()
	for range n {
		if err := pull(t, q).Ack(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func wantQueued(t *testing.T, q *Queue, want int) {
	t.Helper()
	if n, err := q.Pending(t.Context(), "r1", schemas.StageFetch); n != want || err != nil {
		t.Fatalf("%d jobs queued, %v; want %d", n, err, want)
	}
}
