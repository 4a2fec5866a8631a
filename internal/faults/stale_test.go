package faults

import (
	"strings"
	"testing"
	"time"

	"pairmill/control/api"
)

// TestStaleWorker: a worker is suspended for two leases while others do its jobs over, and goes on then. It has lost them, and
// that is all it says, in one line. Time-outs that its requests have run into are nobody's fault, and stand in no table.
func TestStaleWorker(t *testing.T) {
	t.Parallel()
	x := newTrial(t, 100)
	r := newRig(t, rigConfig{Planes: 2, Workers: 3})
	x.begin(r, "stale")
	victim := r.workers[0]
	r.wait("stale", time.Minute, "has work for the first worker", func(s api.Status) bool {
		for _, m := range r.members().Members {
			if m.PID == victim.pid() || strings.Contains(victim.text(), m.ID) {
				return len(m.Jobs) > 0
			}
		}
		return false
	})
	before := victim.text()
	victim.suspend()
	began := time.Now()
	time.Sleep(2*r.cfg.Lease + time.Second)
	victim.resume()
	t.Logf("suspended for %v", since(began))
	x.end(r, "stale", 5*time.Minute, 1)
	lines := 0
	for _, line := range strings.Split(victim.text()[len(before):], "\n") {
		switch {
		case line == "", strings.Contains(line, "level=INFO"), strings.Contains(line, "level=DEBUG"):
		default:
			lines++
			t.Log(line)
			if !strings.Contains(line, "level=WARN") || !strings.Contains(line, "did not run for a while") {
				t.Error("that says something else")
			}
		}
	}
	if lines != 1 {
		t.Errorf("it says %d lines, want one", lines)
	}
}
