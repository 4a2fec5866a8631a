package nats

import (
	"log/slog"
	"slices"
	"testing"

	"pairmill/cluster/clustertest"
	"pairmill/schemas"
)

// slowLease is for servers that agree on everything: three of them, and many tests, on few cores.
const slowLease = 3 * lease

// openReplicated opens a queue whose messages are kept by three servers.
func openReplicated(t *testing.T, urls string) *Queue {
	t.Helper()
	var q *Queue
	eventually(t, "the servers let a queue be opened", func() (ok bool) {
		var err error
		q, err = Open(t.Context(), Connect(urls), Config{
			Lease: slowLease, Replicas: 3, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
		})
		if err != nil {
			t.Log(err)
		}
		return err == nil
	})
	t.Cleanup(func() { _ = q.Close() })
	return q
}

// differs lists the cases of the suite in which several servers are another thing than one; the others take minutes.
var differs = []string{
	"order", "unique until acked", "return is not counted", "reject", "poison", "pending", "many workers",
	"a second run gets its share", "drop", "beside another process",
}

// TestSuiteOnThreeServers is the queue's suite with every message on three servers, all of it in make test-faults.
func TestSuiteOnThreeServers(t *testing.T) {
	t.Parallel()
	shared := startTrio(t)
	t.Run("push again", func(t *testing.T) {
		t.Parallel()
		pushAgain(t, openReplicated(t, shared.account(t)))
	})
	for _, c := range clustertest.Cases() {
		if !faults() && !slices.Contains(differs, c.Name) {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			servers := shared
			restarts := c.Name == "restart" || c.Name == "steer after a restart"
			if restarts {
				servers = startTrio(t)
			}
			urls := servers.account(t)
			q := openReplicated(t, urls)
			h := clustertest.Harness{
				Queue: q,
				Inject: func(t *testing.T, run string, stage schemas.Stage, id string, body []byte) {
					publish(t, q, workSubject(stage, run, id), body)
				},
				Beside: func(t *testing.T) clustertest.Queue { return openReplicated(t, urls) },
			}
			if restarts {
				h.Restart = func(t *testing.T) clustertest.Queue {
					if err := q.Close(); err != nil {
						t.Fatal(err)
					}
					servers.restart(t)
					return openReplicated(t, urls)
				}
			}
			c.Run(t, h)
		})
	}
}
