package faults

import (
	"testing"
	"time"

	natsio "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"pairmill/control/api"
	"pairmill/schemas"
)

// trial is a list of pictures that runs take under bad conditions, and what it comes to under good ones.
type trial struct {
	*web
	list string
	ref  reference
}

// newTrial makes a list of so many pictures for each of four hosts. A run of 100 takes some ten seconds.
func newTrial(t *testing.T, pictures int) *trial {
	t.Helper()
	binary(t)
	w := newWeb(t, webConfig{Hosts: 4, Pages: pictures / 10, Pictures: 10, Slow: 150 * time.Millisecond})
	x := &trial{web: w, list: w.list(t)}
	x.ref = w.undisturbed(t, listSpec(x.list, "undisturbed"), "undisturbed")
	return x
}

// begin submits a run and waits until some of its rows are done and some are not.
func (x *trial) begin(r *rig, run string) {
	r.t.Helper()
	r.submit(listSpec(x.list, run), run)
	s := r.wait(run, 2*time.Minute, "is under way", func(s api.Status) bool { return s.Rows.In > 0 })
	if s.Rows.In >= int64(x.count()) {
		r.t.Fatalf("all %d rows were done before anything could happen", s.Rows.In)
	}
}

// end waits for a run's end and holds it against the undisturbed one. What so many workers held may have been done twice.
func (x *trial) end(r *rig, run string, within time.Duration, repeated int) api.Status {
	r.t.Helper()
	began := time.Now()
	s := r.finish(run, within)
	if s.State != schemas.RunDone {
		r.t.Errorf("%s is %s: %s", run, s.State, s.Text)
	}
	r.check(x.web, run, run, x.ref, bounds{requests: r.wasted(x.ref, repeated), robots: x.cfg.Hosts * r.workerStarts()})
	r.t.Logf("%s ended %v later", run, since(began))
	return s
}

// jetstream is a plain client of the NATS servers, which knows nothing of the program.
func (r *rig) jetstream() (jetstream.JetStream, *natsio.Conn) {
	r.t.Helper()
	var nc *natsio.Conn
	eventually(r.t, time.Minute, "a NATS server lets a client in", func() (ok bool) {
		var err error
		nc, err = natsio.Connect(joined(r.direct), natsio.MaxReconnects(-1), natsio.ReconnectWait(100*time.Millisecond))
		return err == nil
	})
	r.t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		r.t.Fatal(err)
	}
	return js, nc
}

// leads is the server that leads a stream, by number.
func (r *rig) leads(js jetstream.JetStream, stream string) (server int) {
	r.t.Helper()
	eventually(r.t, time.Minute, stream+" has a leader", func() bool {
		s, err := js.Stream(r.t.Context(), stream)
		if err != nil || s.CachedInfo().Cluster == nil {
			return false
		}
		for i, p := range r.servers {
			if p.name == s.CachedInfo().Cluster.Leader {
				server = i
				return true
			}
		}
		return false
	})
	return server
}
