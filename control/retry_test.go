package control

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pairmill/control/api"
	"pairmill/schemas"
)

// retried runs over a tar that is cut, and asks again for what was lost with it. Its URLs lead nowhere, so the rows are
// dropped again, for another reason.
func (w *world) retried(c *conformer, p *plane) {
	w.t.Helper()
	tar := w.tar(9)
	w.put("cut/0.tar", tar[:len(tar)*2/3])
	text := strings.Replace(spec("torn"), "pool/*.tar", "cut/*.tar", 1)
	text = strings.Replace(text, "filter:", "fetch: {tries: 1, contact: \"bot@example.com\"}\nfilter:", 1)
	c.ask(200, "POST", "/v1/runs", body(w.t, api.Submission{Spec: text, Name: "torn"}))
	done := w.await(p, "torn", schemas.RunDone)
	if done.Rows.Dropped == 0 || len(done.Reasons) == 0 {
		w.t.Fatalf("nothing was dropped: %+v", done)
	}
	reason := done.Reasons[0]
	want := api.Retry{Reasons: []schemas.Reason{reason.Reason, reason.Reason}, By: "me", Manner: &api.Manner{
		Timeout: schemas.Duration(9 * time.Second), Tries: 2, PerHost: 1, Contact: "other@example.com", AllowPrivate: true, Hosts: map[string]string{"*.test": "127.0.0.1"},
	}}
	bad := want
	bad.Manner = &api.Manner{Contact: "evil\r\nX: y"}
	c.ask(400, "POST", "/v1/runs/{run}/retry", body(w.t, bad), "{run}", "torn")
	var got api.Retried
	if err := json.Unmarshal(c.ask(200, "POST", "/v1/runs/{run}/retry", body(w.t, want), "{run}", "torn"), &got); err != nil || got.Generation != 1 || got.Rows != reason.Rows {
		w.t.Errorf("retry: %+v, %v", got, err)
	}
	again := w.await(p, "torn", schemas.RunDone)
	if again.Generations != 2 || again.Rows.In != done.Rows.In || again.Rows.Dropped != done.Rows.Dropped {
		w.t.Errorf("after the retry: %+v, before: %+v", again, done)
	}
}

// TestRetryGoesOn: a retry that was planned and not decided is taken up by the same request, and by no other.
func TestRetryGoesOn(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		p := w.plane()
		w.hand(WorkerConfig{})
		run := w.submit(p, "first")
		w.await(p, run, schemas.RunDone)
		w.planRetry(run, schemas.Timeout)
		_, err := p.Retry(t.Context(), run, api.Retry{Reasons: []schemas.Reason{schemas.DNSError}})
		refusal(t, err, 409)
		got, err := p.Retry(t.Context(), run, api.Retry{Reasons: []schemas.Reason{schemas.Timeout}})
		if err != nil || got.Generation != 1 {
			t.Errorf("%+v, %v", got, err)
		}
		if got := w.await(p, run, schemas.RunDone); got.Generations != 2 {
			t.Errorf("status %+v", got)
		}
	})
}
