package faults

import (
	"testing"
	"time"
)

// TestRigDoesWhatItSays makes sure that the rig's faults are felt: a cable that is cut, a leader that is suspended or killed.
func TestRigDoesWhatItSays(t *testing.T) {
	binary(t)
	r := newRig(t, rigConfig{Proxies: true, Planes: 2})
	leader := r.leader()
	other := 1 - leader
	r.planes[leader].suspend()
	eventually(t, time.Minute, "another leads while the leader is suspended", func() bool {
		f, err := r.planes[other].figures()
		return err == nil && f["pairmill_leader"] == 1
	})
	r.planes[leader].resume()
	eventually(t, time.Minute, "it knows that it leads no longer", func() bool {
		f, err := r.planes[leader].figures()
		return err == nil && f["pairmill_leader"] == 0
	})
	r.proxies[0].hush()
	eventually(t, time.Minute, "a control plane that is cut off is not ready", func() bool { return !answers(r.api(other) + "/readyz") })
	r.proxies[0].heal()
	for i := range r.planes {
		r.ready(i)
	}
	if was := r.leader(); !r.planes[was].kill() {
		t.Error("the leader had ended by itself")
	} else if now := r.leader(); now == was {
		t.Error("a process that was killed leads")
	}
}
