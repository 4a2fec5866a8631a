package faults

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"pairmill/control/api"
	"pairmill/schemas"
)

// TestDiskLow fills the disk on which a worker spools: it takes no further jobs and says so, others go on, and it takes jobs
// again when there is room. The disk is a tmpfs in a mount namespace of the worker's own, which ends with it.
func TestDiskLow(t *testing.T) {
	binary(t)
	if why := cannotMount(t); why != "" {
		t.Skipf("a small disk cannot be mounted here: %s", why)
	}
	w := newWeb(t, webConfig{Hosts: 4, Pages: 10, Pictures: 5, Slow: 100 * time.Millisecond})
	list := w.list(t)
	spec := func(contact string) string { return deliverSpec(list, contact, "none") }
	ref := w.undisturbed(t, spec("undisturbed"), "undisturbed")
	r := newRig(t, rigConfig{Planes: 1})
	worker := r.cramped(64 << 20)

	r.submit(spec("low"), "low")
	r.wait("low", time.Minute, "is under way", func(s api.Status) bool { return s.Rows.In > 0 })
	// As root: what is outside this process' mount namespace is seen through the worker's.
	ballast := filepath.Join(fmt.Sprintf("/proc/%d/root", worker.pid()), r.location, ".spool", "ballast")
	if err := os.WriteFile(ballast, make([]byte, 60<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	filled := time.Now()
	var why string
	eventually(t, 20*time.Second, "the worker pauses", func() bool {
		for _, m := range r.members().Members {
			if m.PID == worker.pid() {
				why = m.Paused
			}
		}
		return why != ""
	})
	t.Logf("paused after %v: %s", since(filled), why)
	for _, word := range []string{"disk", ".spool", "--min-free"} {
		if !strings.Contains(why, word) {
			t.Errorf("the worker says %q, which has no %q", why, word)
		}
	}
	if f, err := worker.figures(); err != nil || f["pairmill_intake_paused"] == 0 {
		t.Errorf("pairmill_intake_paused is %v, %v", f["pairmill_intake_paused"], err)
	}
	// Jobs in work end; then nothing is done.
	r.idle("low")
	s, _ := r.status("low")
	if s.State.Over() {
		t.Fatalf("the run is %s: there was nothing left to pause", s.State)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	freed := time.Now()
	r.wait("low", 30*time.Second, "goes on", func(now api.Status) bool { return now.Rows.In > s.Rows.In })
	t.Logf("went on %v after there was room", since(freed))
	if s := r.finish("low", time.Minute); s.State != schemas.RunDone {
		t.Errorf("the run is %s: %s", s.State, s.Text)
	}
	r.check(w, "low", "low", ref, bounds{robots: w.cfg.Hosts})
}

// cramped starts a worker whose spools lie on a disk of their own, of so many bytes.
func (r *rig) cramped(size int) *process {
	r.t.Helper()
	spool := filepath.Join(r.location, ".spool")
	if err := os.MkdirAll(spool, 0o755); err != nil {
		r.t.Fatal(err)
	}
	p := r.process("worker-cramped", []string{"PAIRMILL_SUPERVISED=no", "PAIRMILL_MIN_FREE=0.1"},
		"-c", `mount -t tmpfs -o size="$1" tmpfs "$2" && exec "$3" worker`, "sh", fmt.Sprint(size), spool, r.program)
	p.program, p.attr = "/bin/sh", inNamespace
	p.start()
	r.workers = append(r.workers, p)
	return p
}

// inNamespace gives a process mounts of its own.
func inNamespace(a *syscall.SysProcAttr) { a.Unshareflags = syscall.CLONE_NEWNS }

// cannotMount says why a disk cannot be mounted; empty: it can.
func cannotMount(t *testing.T) string {
	t.Helper()
	cmd := exec.Command("mount", "-t", "tmpfs", "tmpfs", t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	inNamespace(cmd.SysProcAttr)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Sprintf("%v %s", err, out)
	}
	return ""
}

// idle waits until nothing of a run is in work, and then sees nothing being done for some seconds.
func (r *rig) idle(run string) {
	r.t.Helper()
	last, since := int64(-1), time.Now()
	r.wait(run, time.Minute, "stands still", func(s api.Status) bool {
		if s.Rows.In != last || len(s.Workers) > 0 {
			last, since = s.Rows.In, time.Now()
		}
		return time.Since(since) > 8*time.Second
	})
}
