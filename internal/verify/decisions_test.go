package verify_test

import (
	"fmt"
	"testing"

	"pairmill/internal/verify"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
	"pairmill/workers/workerstest"
)

// TestDecisions: what was decided about a run of a cluster belongs to it, and must read.
func TestDecisions(t *testing.T) {
	t.Parallel()
	s := deliver(t, schemas.DeliverWebDataset)
	key := func(n int) string { return store.Numbered(store.ControlPrefix(workerstest.Run), n) }
	log := ledger.NewLog[schemas.Control](s, store.ControlPrefix(workerstest.Run))
	for _, action := range []schemas.Action{schemas.ActionSubmit, schemas.ActionPause, schemas.ActionResume} {
		_, err := log.Append(t.Context(), func(_ []schemas.Control, n int) (*schemas.Control, error) {
			return &schemas.Control{Version: schemas.Version, Number: n, Action: action, By: "me"}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	look := func(s store.Store) []verify.Finding {
		return collect(t, verify.Run(t.Context(), s, workerstest.Run, cfg))
	}
	if found := look(s); len(found) != 0 {
		t.Errorf("%+v", found)
	}
	for name, content := range map[string][]byte{
		"gone": nil, "no JSON": []byte("{"), "another number": fmt.Appendf(nil, `{"v":1,"number":7,"action":"pause","time":"0001-01-01T00:00:00Z","by":"me"}`),
		"unknown": fmt.Appendf(nil, `{"v":1,"number":2,"action":"dance","time":"0001-01-01T00:00:00Z","by":"me"}`),
	} {
		found := look(damage(s, key(2), content))
		if len(found) != 1 || content != nil && found[0].Object != key(2) || content == nil && found[0].Object != key(3) {
			t.Errorf("%s: %+v", name, found)
		}
	}
}
