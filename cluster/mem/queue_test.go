package mem

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"pairmill/cluster"
	"pairmill/cluster/clustertest"
	"pairmill/schemas"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func harness(t *testing.T) clustertest.Harness {
	q := New(Config{Lease: 4 * time.Second})
	t.Cleanup(func() { _ = q.Close() })
	return clustertest.Harness{
		Queue: q,
		Inject: func(t *testing.T, run string, stage schemas.Stage, id string, body []byte) {
			if err := q.Inject(t.Context(), run, stage, id, body); err != nil {
				t.Fatal(err)
			}
		},
	}
}

// TestSuite runs on fake time: leases cost nothing.
func TestSuite(t *testing.T) {
	for _, c := range clustertest.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { c.Run(t, harness(t)) })
		})
	}
}

var job = schemas.Job{Version: schemas.Version, Run: "r1", Task: schemas.TaskFetch, Group: "g0", Name: "a"}

func TestTimesAreExact(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := New(Config{})
		start := time.Now()
		if err := q.Push(t.Context(), job); err != nil {
			t.Fatal(err)
		}
		for i, step := range []struct {
			settle func(cluster.Delivery) error
			after  time.Duration // since the start, of the next delivery
		}{
			{func(d cluster.Delivery) error { return nil }, time.Minute},
			{func(d cluster.Delivery) error { return d.Retry(t.Context(), time.Hour) }, time.Hour + time.Minute},
			{func(d cluster.Delivery) error { return d.Return(t.Context()) }, time.Hour + time.Minute},
			{func(d cluster.Delivery) error {
				time.Sleep(59 * time.Second)
				return d.Extend(t.Context())
			}, time.Hour + time.Minute + 59*time.Second + time.Minute},
		} {
			d, err := q.Pull(t.Context(), schemas.StageFetch)
			if err != nil {
				t.Fatal(err)
			}
			if err := step.settle(d); err != nil {
				t.Fatalf("step %d: %v", i, err)
			}
			d, err = q.Pull(t.Context(), schemas.StageFetch)
			if err != nil || time.Since(start) != step.after {
				t.Fatalf("step %d: next delivery after %v, %v; want %v", i, time.Since(start), err, step.after)
			}
			if err := d.Return(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestFaultsChangeNothing(t *testing.T) {
	broken := errors.New("broken")
	var fail Op
	q := New(Config{Fault: func(op Op, _ schemas.Job) error {
		if op == fail {
			return broken
		}
		return nil
	}})
	fail = OpPush
	if err := q.Push(t.Context(), job); !errors.Is(err, broken) {
		t.Fatalf("Push: %v", err)
	}
	fail = ""
	if err := q.Push(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	d, err := q.Pull(t.Context(), schemas.StageFetch)
	if err != nil || d.Attempt() != 1 {
		t.Fatalf("Pull: attempt %d, %v", d.Attempt(), err)
	}
	for op, call := range map[Op]func() error{
		OpAck:    func() error { return d.Ack(t.Context()) },
		OpRetry:  func() error { return d.Retry(t.Context(), 0) },
		OpReturn: func() error { return d.Return(t.Context()) },
		OpReject: func() error { return d.Reject(t.Context(), "x") },
		OpExtend: func() error { return d.Extend(t.Context()) },
	} {
		fail = op
		if err := call(); !errors.Is(err, broken) {
			t.Errorf("%s: %v", op, err)
		}
		if n, err := q.Pending(t.Context(), job.Run, job.Stage()); n != 1 || err != nil {
			t.Errorf("after a failed %s: %d pending, %v", op, n, err)
		}
	}
	fail = ""
	if err := d.Ack(t.Context()); err != nil {
		t.Fatal(err)
	}
}
