package faults

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pairmill/control/api"
	"pairmill/schemas"
)

const (
	// memoryLimit is what the worker is given as GOMEMLIMIT.
	memoryLimit = 256 << 20
	// memoryAllowance is for what stands outside Go's count: the program's text and data, ONNX Runtime with the built-in
	// encoder, the codecs' buffers and the stacks of C threads. Go uses what it is given: 255 MB in all were seen.
	memoryAllowance = 64 << 20
	// mayStay is how many goroutines and descriptors more there may be after a run than before: timers and connections of the
	// moment.
	mayStay = 5
)

// TestMemory takes a hundred thousand candidates with one worker. Few of them are pictures: what is tried is what a row, a
// job and a connection leave behind. The worker stays within its memory budget, and goroutines and descriptors return to
// what they were after a small run.
func TestMemory(t *testing.T) {
	binary(t)
	rows := number(t, "PAIRMILL_MEMORY_ROWS", 100_000)
	w := newWeb(t, webConfig{Hosts: 40, Pages: 1, Pictures: 1})
	r := newRig(t, rigConfig{Planes: 1, Concurrency: 4, Lease: 20 * time.Second})
	worker := r.addWorker([]string{"PAIRMILL_SUPERVISED=no", fmt.Sprintf("GOMEMLIMIT=%d", memoryLimit)})

	r.done(memorySpec(w.sparse(t, 2000), "before"), "before", 2*time.Minute)
	base := r.atRest(worker, nil)
	t.Logf("after 2,000 candidates: %.0f goroutines, %.0f descriptors, at most %d MB", base["go_goroutines"], base["process_open_fds"], peak(t, worker.pid())>>20)

	began := time.Now()
	s := r.done(memorySpec(w.sparse(t, rows), "many"), "many", 15*time.Minute)
	took := time.Since(began)
	if s.Rows.In != int64(rows) {
		t.Errorf("%d candidates were taken, want %d", s.Rows.In, rows)
	}
	most := peak(t, worker.pid())
	t.Logf("%d candidates in %v, %.0f/s: at most %d MB, of %d MB that it was given and %d MB beside", rows, took.Round(time.Second),
		float64(rows)/took.Seconds(), most>>20, memoryLimit>>20, memoryAllowance>>20)
	if most > memoryLimit+memoryAllowance {
		t.Errorf("the worker had %d MB, want at most %d", most>>20, (memoryLimit+memoryAllowance)>>20)
	}
	after := r.atRest(worker, base)
	t.Logf("at rest: %.0f goroutines, %.0f descriptors, %.0f MB resident", after["go_goroutines"], after["process_open_fds"], after["process_resident_memory_bytes"]/(1<<20))
	if falls := worker.falls(); len(falls) > 0 {
		t.Errorf("the worker ended by itself: %q", falls)
	}
	r.verify("/runs/many")
}

// sparse writes a list of so many rows, of which one in 25 is a picture and the others are not there.
func (w *web) sparse(t *testing.T, rows int) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("url,text\n")
	for i := range rows {
		host, n := i%w.cfg.Hosts, i/w.cfg.Hosts
		name := fmt.Sprintf("/%d.nothing", n)
		if n%25 == 0 {
			name = fmt.Sprintf("/%d.png", n)
		}
		fmt.Fprintf(&b, "%s,%s\n", w.URL(hostName(host), name), caption(host, n))
	}
	return writeFile(t, "list.csv", b.String())
}

func memorySpec(list, contact string) string {
	s := listSpec(list, contact)
	s = strings.Replace(s, fmt.Sprintf("part_rows: %d", partRows), "part_rows: 500", 1)
	s = strings.Replace(s, "shard_samples: 40", "shard_samples: 1000", 1)
	return strings.Replace(s, "per_host: 2", "per_host: 4", 1)
}

// done submits a run, nearly all of whose rows are gone as they should be, and waits until it is done.
func (r *rig) done(spec, run string, within time.Duration) (s api.Status) {
	r.t.Helper()
	r.submitAs(api.Submission{Spec: spec, Name: run, Limits: schemas.Limits{Anomaly: 1}})
	s = r.finish(run, within)
	if s.State != schemas.RunDone {
		r.t.Errorf("%s is %s: %s", run, s.State, s.Text)
	}
	return s
}

// atRest waits until a process has nothing to do: its goroutines and descriptors do not become fewer any more or, after a
// first time, are about as many as then.
func (r *rig) atRest(p *process, base figures) (now figures) {
	r.t.Helper()
	names := []string{"go_goroutines", "process_open_fds"}
	still := 0
	var before figures
	for began := time.Now(); time.Since(began) < 4*time.Minute; time.Sleep(5 * time.Second) {
		var err error
		if now, err = p.figures(); err != nil {
			r.t.Fatal(err)
		}
		back, same := base != nil, before != nil
		for _, name := range names {
			if now[name] == 0 {
				r.t.Fatalf("%s does not tell %s", p.name, name)
			}
			back = back && now[name] <= base[name]+mayStay
			same = same && now[name] >= before[name]
		}
		if back {
			return now
		}
		if still++; !same {
			still = 0
		}
		if base == nil && still >= 6 {
			return now
		}
		before = now
	}
	for _, name := range names {
		r.t.Errorf("%s: %s is %.0f, and was %.0f before", p.name, name, now[name], base[name])
	}
	return now
}
