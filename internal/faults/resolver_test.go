package faults

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pairmill/control/api"
	"pairmill/control/client"
	"pairmill/schemas"
)

// TestBrokenResolver: of three workers one has a resolver of its own that is broken. It asks the web for nothing any more and says
// so, and the run ends as an undisturbed one. Then none can resolve names: the run is paused with the evidence, and when they can
// again and it is resumed, it ends as an undisturbed one too.
//
// Names are those of a hosts file in a mount namespace of the worker's own, and no name server is there.
func TestBrokenResolver(t *testing.T) {
	binary(t)
	if why := cannotMount(t); why != "" {
		t.Skipf("a worker cannot have a resolver of its own here: %s", why)
	}
	w := newWeb(t, webConfig{Hosts: 30, Pages: 10, Pictures: 10, Slow: 200 * time.Millisecond})
	list := w.list(t)
	named := func(contact string) string { // every shard has rows of all hosts
		spec := strings.Replace(deliverSpec(list, contact, "none"), "caption: text", "caption: text, order: input", 1)
		return strings.Replace(spec, fmt.Sprintf("part_rows: %d", partRows), "part_rows: 60", 1)
	}
	spec := func(contact string) string {
		return strings.Replace(named(contact), `hosts: {"*.test": 127.0.0.1}, `, "", 1)
	}
	ref := w.undisturbed(t, named("undisturbed"), "undisturbed")
	r := newRig(t, rigConfig{Planes: 1})
	bad := r.resolving(w, false)
	good := []*resolver{r.resolving(w, true), r.resolving(w, true)}

	r.submit(spec("one"), "one")
	began := time.Now()
	why := r.offTheWeb(bad.process)
	t.Logf("off the web after %v: %s", since(began), why)
	for _, word := range []string{"anomaly: dns_error (ours) took ", " of the last 500 rows on 30 domains", "in run one"} {
		if !strings.Contains(why, word) {
			t.Errorf("the worker says %q, which has no %q", why, word)
		}
	}
	if f, err := bad.figures(); err != nil || f["pairmill_intake_paused"] == 0 {
		t.Errorf("pairmill_intake_paused is %v, %v", f["pairmill_intake_paused"], err)
	}
	if text := bad.text(); !strings.Contains(text, "one reason takes over among the rows of this worker") {
		t.Error("its log does not say so")
	}
	if s := r.finish("one", 3*time.Minute); s.State != schemas.RunDone {
		t.Errorf("the run is %s: %s", s.State, s.Text)
	}
	t.Logf("ended %v after it was submitted", since(began))
	r.check(w, "one", "one", ref, bounds{robots: w.cfg.Hosts * len(r.workers)})

	for _, x := range good {
		x.breakIt()
	}
	r.submit(spec("all"), "all")
	began = time.Now()
	s := r.wait("all", 2*time.Minute, "is paused", func(s api.Status) bool { return s.State == schemas.RunPaused })
	t.Logf("paused after %v: %s", since(began), s.Text)
	if a := s.Evidence; s.Halt != schemas.HaltAnomaly || a == nil || a.Reason != schemas.DNSError || a.Window != 500 || a.Domains != 30 || len(a.Examples) != 5 ||
		!strings.Contains(s.Text, "of 3 workers that fetch") || s.Rows.In != 0 {
		t.Errorf("paused: %+v, evidence %+v", s.Run, a)
	}
	eventually(t, 30*time.Second, "the workers are free for other runs", func() bool {
		for _, m := range r.members().Members {
			if m.Paused != "" {
				return false
			}
		}
		return true
	})
	for _, x := range append(good, bad) {
		x.mend()
	}
	r.ask("resume", func(ctx context.Context, c *client.Client) error {
		_, err := c.Resume(ctx, "all", api.Resumption{By: "faults"})
		return err
	})
	began = time.Now()
	if s := r.finish("all", 3*time.Minute); s.State != schemas.RunDone {
		t.Errorf("the run is %s: %s", s.State, s.Text)
	}
	t.Logf("ended %v after it was resumed", since(began))
	r.check(w, "all", "all", ref, bounds{robots: w.cfg.Hosts * len(r.workers)})
}

// offTheWeb waits until a worker asks the web for nothing, and returns why.
func (r *rig) offTheWeb(worker *process) (why string) {
	r.t.Helper()
	eventually(r.t, time.Minute, worker.name+" is off the web", func() bool {
		for _, m := range r.members().Members {
			if m.PID == worker.pid() {
				why = m.Paused
			}
		}
		return why != ""
	})
	return why
}

// resolver is a worker that knows the names of a web by a hosts file of its own, and no others.
type resolver struct {
	*process
	names string // the file
	all   string // what it says when nothing is wrong
}

// resolving starts such a worker, which knows the names or does not.
func (r *rig) resolving(w *web, well bool) *resolver {
	r.t.Helper()
	x := &resolver{names: filepath.Join(r.dir, fmt.Sprintf("hosts-%d", len(r.workers)))}
	for i := range w.cfg.Hosts {
		x.all += "127.0.0.1 " + hostName(i) + "\n"
	}
	servers := filepath.Join(r.dir, "resolv.conf")
	if err := os.WriteFile(servers, []byte("nameserver 127.99.99.99\n"), 0o644); err != nil { // nobody listens there
		r.t.Fatal(err)
	}
	x.process = r.process(fmt.Sprintf("worker-%d", len(r.workers)), []string{"PAIRMILL_SUPERVISED=no"},
		"-c", `mount --bind "$1" /etc/hosts && mount --bind "$2" /etc/resolv.conf && exec "$3" worker`, "sh", x.names, servers, r.program)
	x.program, x.attr = "/bin/sh", inNamespace
	if x.breakIt(); well {
		x.mend()
	}
	x.start()
	r.workers = append(r.workers, x.process)
	return x
}

// breakIt takes the names away, and mend gives them back, in the place that is mounted.
func (x *resolver) breakIt() { x.say("127.0.0.1 localhost\n") }

func (x *resolver) mend() { x.say(x.all) }

func (x *resolver) say(text string) {
	if err := os.WriteFile(x.names, []byte(text), 0o644); err != nil {
		x.t.Fatal(err)
	}
}
