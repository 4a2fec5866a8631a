package faults

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"pairmill/cluster"
	"pairmill/control/api"
	"pairmill/control/client"
	"pairmill/schemas"
)

func joined(urls []string) string { return strings.Join(urls, ",") }

// election is a lease that outlasts the election of a leader among NATS servers.
const election = 20 * time.Second

// TestBroker does to NATS what disks, networks and people do, in the middle of runs. Each must end as if nothing had happened.
func TestBroker(t *testing.T) {
	x := newTrial(t, 100)
	for _, c := range []struct {
		name string
		test func(t *testing.T, x *trial)
	}{
		{"servers are killed", serversKilled},
		{"down for a minute", downForAMinute},
		{"a server behind a cut cable", serverCutOff},
		{"the leader behind a cut cable", leaderCutOff},
		{"the disk is full", diskFull},
		{"a bit is flipped", bitFlipped},
		{"the folder is deleted", folderDeleted},
		{"messages are deleted", messagesDeleted},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(t, x)
		})
	}
}

// serversKilled kills, of three servers, first one that does not lead the stream of fetches, and then the one that does.
func serversKilled(t *testing.T, x *trial) {
	r := newRig(t, rigConfig{Servers: 3, Planes: 2, Workers: 3, Lease: election})
	js, _ := r.jetstream()
	x.begin(r, "killed")
	for _, leading := range []bool{false, true} {
		victim := r.leads(js, "PAIRMILL_FETCH")
		if !leading {
			victim = (victim + 1) % len(r.servers)
		}
		r.servers[victim].kill()
		t.Logf("killed %s, which leads the stream: %v", r.servers[victim].name, leading)
		time.Sleep(4 * time.Second)
		r.servers[victim].start()
		r.awaitServer(victim)
	}
	if s, ok := r.status("killed"); ok && s.State.Over() {
		t.Error("the run was over before both were killed")
	}
	x.end(r, "killed", 5*time.Minute, 3)
}

// downForAMinute: with its only server away a cluster waits, says so without flooding the log, and goes on.
func downForAMinute(t *testing.T, x *trial) {
	const away = time.Minute
	r := newRig(t, rigConfig{Planes: 2, Workers: 3})
	x.begin(r, "away")
	r.servers[0].kill()
	before := r.said()
	time.Sleep(away)
	for p, text := range r.said() {
		lines := strings.Count(text[len(before[p]):], "\n")
		t.Logf("%s said %d lines in %v", p.name, lines, away)
		if lines == 0 || lines > int(away/time.Second)*3/2 {
			t.Errorf("%s said %d lines in %v:\n%s", p.name, lines, away, text[len(before[p]):])
		}
	}
	r.servers[0].start()
	x.end(r, "away", 5*time.Minute, 3)
}

// said is what each process has said so far.
func (r *rig) said() map[*process]string {
	all := map[*process]string{}
	for _, p := range append(r.planes[:len(r.planes):len(r.planes)], r.workers...) {
		all[p] = p.text()
	}
	return all
}

// serverCutOff: clients leave a server that does not answer any more.
func serverCutOff(t *testing.T, x *trial) {
	r := newRig(t, rigConfig{Servers: 3, Proxies: true, Planes: 2, Workers: 3, Lease: election})
	x.begin(r, "cut")
	r.proxies[0].hush()
	x.end(r, "cut", 5*time.Minute, 3)
}

// leaderCutOff: a control plane that leads and reaches no server leads no longer, before another does; and when its cable is
// mended it stands by.
func leaderCutOff(t *testing.T, x *trial) {
	r := newRig(t, rigConfig{})
	mine := newProxy(t, "leader", strings.TrimPrefix(r.direct[0], "nats://"))
	for _, env := range [][]string{{"PAIRMILL_NATS=nats://" + mine.addr}, nil} {
		p := r.process([]string{"plane-cut", "plane-free"}[len(r.planes)], env, "serve")
		p.start()
		r.planes = append(r.planes, p)
		r.ready(len(r.planes) - 1)
	}
	for range 3 {
		r.addWorker(nil)
	}
	if r.leader() != 0 {
		t.Fatal("the first control plane does not lead")
	}
	x.begin(r, "leaderless")
	mine.hush()
	began := time.Now()
	eventually(t, 30*time.Second, "the other leads", func() bool { return r.metric(1, "pairmill_leader 1") })
	if r.metric(0, "pairmill_leader 1") {
		t.Error("two lead")
	}
	took := time.Since(began)
	t.Logf("the other leads after %v", took)
	if took > cluster.LockTTL+4*time.Second {
		t.Errorf("the other leads after %v, want %v and a little", took, cluster.LockTTL)
	}
	time.Sleep(10 * time.Second)
	mine.heal()
	x.end(r, "leaderless", 5*time.Minute, 0)
	r.ready(0)
	if r.leader() != 1 {
		t.Error("the one that was cut off leads again")
	}
}

// metric tells whether a control plane has a line among its metrics.
func (r *rig) metric(plane int, line string) bool {
	text, _ := r.get(plane, "/metrics")
	return slices.Contains(strings.Split(text, "\n"), line)
}

// get asks a control plane for a page.
func (r *rig) get(plane int, path string) (text string, status int) {
	c := http.Client{Timeout: 10 * time.Second}
	resp, err := c.Get(r.api(plane) + path)
	if err != nil {
		return err.Error(), 0
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err.Error(), 0
	}
	return string(body), resp.StatusCode
}

// diskFull: within half a minute of its disk being full, both kinds of process and the health check say that this is what is
// wrong with NATS. When there is room and it was started again, nothing is lost.
func diskFull(t *testing.T, x *trial) {
	r := newRig(t, rigConfig{Planes: 1, Workers: 2, Disk: "64m"})
	x.begin(r, "full")
	filler := filepath.Join(r.dir, "nats-0", "filler")
	fill(t, filler)
	began := time.Now()
	alarms := map[string]func() bool{
		"the control plane's log": func() bool { return saysFull(r.planes[0].text()) },
		"a worker's log":          func() bool { return saysFull(r.workers[0].text()) || saysFull(r.workers[1].text()) },
		"readyz": func() bool {
			text, status := r.get(0, "/readyz")
			return status == http.StatusServiceUnavailable && saysFull(text)
		},
	}
	for len(alarms) > 0 {
		for who, says := range alarms {
			if says() {
				t.Logf("%s names the cause after %v", who, since(began))
				delete(alarms, who)
			}
		}
		if time.Since(began) > 30*time.Second {
			for who := range alarms {
				t.Errorf("%s does not name the cause within 30 s", who)
			}
			text, status := r.get(0, "/readyz")
			t.Logf("readyz: %d %s\nnats says:\n%s", status, text, r.servers[0].text())
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	r.servers[0].kill()
	r.servers[0].start()
	r.awaitServer(0)
	x.end(r, "full", 5*time.Minute, 2)
}

// saysFull tells whether a text says that NATS' disk is full.
func saysFull(text string) bool { return strings.Contains(text, "disk may be full") }

// fill writes until a disk is full.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, size := range []int{1 << 20, 1 << 12, 1} {
		for chunk := make([]byte, size); err == nil; {
			_, err = f.Write(chunk)
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
		err = nil
	}
}

// bitFlipped: what a server has on disk is damaged while it is down.
func bitFlipped(t *testing.T, x *trial) {
	r := newRig(t, rigConfig{Planes: 2, Workers: 3})
	x.begin(r, "flipped")
	r.servers[0].stop()
	flipped := 0
	for _, stream := range []string{"PAIRMILL_FETCH", "KV_pairmill-runs"} {
		blocks, err := filepath.Glob(filepath.Join(r.dir, "nats-0", "jetstream", "*", "streams", stream, "msgs", "*.blk"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range blocks {
			data, err := os.ReadFile(path)
			if err != nil || len(data) == 0 {
				t.Fatalf("%s has %d bytes, %v", path, len(data), err)
			}
			data[len(data)/2] ^= 0x10
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			t.Logf("flipped a bit in the middle of %s, of %d bytes", path, len(data))
			flipped++
		}
	}
	if flipped < 2 {
		t.Errorf("flipped %d bits", flipped)
	}
	r.servers[0].start()
	x.end(r, "flipped", 5*time.Minute, 3)
}

// folderDeleted: NATS loses everything. The leader derives the run again, without being asked.
func folderDeleted(t *testing.T, x *trial) {
	r := newRig(t, rigConfig{Planes: 2, Workers: 3})
	x.begin(r, "deleted")
	r.servers[0].kill()
	if err := os.RemoveAll(filepath.Join(r.dir, "nats-0", "jetstream")); err != nil {
		t.Fatal(err)
	}
	r.servers[0].start()
	began := time.Now()
	eventually(t, time.Minute, "what was lost is made and queued again", func() bool {
		text := r.planes[0].text() + r.planes[1].text()
		return strings.Contains(text, "made again what nats had lost") && strings.Contains(text, "queued what the store says is to do and the queue did not hold")
	})
	t.Logf("the run was derived again %v after the server's start", since(began))
	x.end(r, "deleted", 5*time.Minute, 3)
	if out := r.must("reconcile", "deleted", "--server", r.api(0)); out != "deleted  done  nothing is to do\n" {
		t.Errorf("reconcile: %s", out)
	}
}

// messagesDeleted: somebody deletes messages and a stream. `pairmill reconcile` says what was missing, and it is there again.
func messagesDeleted(t *testing.T, x *trial) {
	r := newRig(t, rigConfig{Planes: 2, Workers: 2, Concurrency: 1})
	js, _ := r.jetstream()
	x.begin(r, "robbed")
	r.ask("pause", func(ctx context.Context, c *client.Client) error {
		_, err := c.Decide(ctx, "robbed", "pause", api.Decision{By: "faults"})
		return err
	})
	r.wait("robbed", time.Minute, "has nothing in work", func(s api.Status) bool {
		for _, stage := range s.Stages {
			if stage.Jobs.Working > 0 {
				return false
			}
		}
		return s.State == schemas.RunPaused
	})
	stream, err := js.Stream(t.Context(), "PAIRMILL_FETCH")
	if err != nil {
		t.Fatal(err)
	}
	first, last := stream.CachedInfo().State.FirstSeq, stream.CachedInfo().State.LastSeq
	robbed := 0
	for n := first; n <= last && robbed < 3; n++ {
		if err := stream.DeleteMsg(t.Context(), n); err == nil {
			robbed++
		}
	}
	if robbed != 3 {
		t.Fatalf("deleted %d messages", robbed)
	}
	if out := r.must("reconcile", "robbed", "--server", r.api(1)); !strings.Contains(out, "3 were missing and are queued again: fetch 3") {
		t.Errorf("reconcile after messages were deleted: %s", out)
	}
	if out := r.must("reconcile", "robbed", "--server", r.api(0)); !strings.Contains(out, "the queue holds them all") {
		t.Errorf("reconcile again: %s", out)
	}
	if err := js.DeleteStream(t.Context(), "PAIRMILL_FETCH"); err != nil {
		t.Fatal(err)
	}
	out := r.must("reconcile", "--all", "--server", r.api(1))
	if !strings.Contains(out, "were missing and are queued again: fetch") {
		t.Errorf("reconcile after a stream was deleted: %s", out)
	}
	t.Logf("reconcile after a stream was deleted: %s", out)
	r.ask("resume", func(ctx context.Context, c *client.Client) error {
		_, err := c.Resume(ctx, "robbed", api.Resumption{By: "faults"})
		return err
	})
	x.end(r, "robbed", 5*time.Minute, 1)
	if all := r.planes[0].text() + r.planes[1].text(); !bytes.Contains([]byte(all), []byte("PAIRMILL_FETCH")) {
		t.Error("no control plane says which stream was lost")
	}
}
