package faults

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// Files of a report.
const (
	soakText = "soak.md"
	soakPlot = "soak.svg"
)

// report writes what a soak was like, also of one that failed.
func (s *soak) report(dir string, wanted int) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	err := os.MkdirAll(dir, 0o755)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, soakText), []byte(s.text(wanted)), 0o644)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, soakPlot), []byte(s.plot()), 0o644)
	}
	if err != nil {
		s.t.Error(err)
	}
}

func (s *soak) text(wanted int) string {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	verdict := "Each run ended with the content of an undisturbed one, a balanced ledger, nothing given up and no finding of `pairmill verify`."
	if s.t.Failed() {
		verdict = "**It failed**: see the test's output."
	}
	rows, requests, published := 0, 0, int64(0)
	for _, run := range s.runs {
		rows, requests, published = rows+run.rows, requests+run.requests, published+run.published
	}
	kinds := map[string]int{}
	for _, k := range s.kills {
		kinds[k.what]++
	}
	pause, until := longestPause(s.samples)
	var most, last sample
	for _, x := range s.samples {
		most.workers.most(x.workers)
		most.planes.most(x.planes)
		most.servers.most(x.servers)
		if x.queue > most.queue {
			most.queue = x.queue
		}
		last = x
	}
	say("# Soak: %d pairs under fire for %v", wanted, s.length)
	say("")
	say("Three NATS servers, an S3 server (versitygw), two control planes and four workers of two jobs a stage, as processes on one machine")
	say("(%s), over %d hosts on loopback with one request at a time each, %v apart. %d lists came one after the", machine(), soakHosts, s.delay, soakRuns)
	say("other. Processes were killed (SIGKILL) at random moments, %v apart on average; workers and control planes started again at once, NATS servers", soakMean)
	say("within %v. %s, %s, seed %d, `PAIRMILL_SEED=%d make soak SOAK_PAIRS=%d SOAK_MINUTES=%.0f`.", soakDown, strings.TrimSpace(s.r.must("--version")),
		s.began.UTC().Format(time.DateOnly), s.seed, s.seed, wanted, s.length.Minutes())
	say("")
	say("%s", verdict)
	say("")
	say("![Rows per second, jobs queued and memory over time, with kills](%s)", soakPlot)
	say("")
	say("| | |")
	say("|---|---:|")
	say("| candidates | %d |", rows)
	say("| pairs published | %d |", published)
	say("| killed: workers, control planes, NATS servers | %d, %d, %d |", kinds[killWorker], kinds[killPlane], kinds[killServer])
	say("| until the last run was over | %v |", s.lastOver().Round(time.Second))
	say("| requests in vain | %d (%.1f %%) |", requests-rows, 100*float64(requests-rows)/max(float64(rows), 1))
	say("| longest time without a row | %v, until %v |", pause.Round(time.Second), until.Round(time.Second))
	say("| jobs queued, at most | %.0f |", most.queue)
	say("")
	say("The process of each kind that had most, at any of %d looks, and at the last one, when nothing was left to do:", len(s.samples))
	say("")
	say("| | memory, MB | at the end | goroutines | at the end | descriptors | at the end |")
	say("|---|---:|---:|---:|---:|---:|---:|")
	for _, x := range []struct {
		what      string
		most, end use
	}{{"worker", most.workers, last.workers}, {"control plane", most.planes, last.planes}} {
		say("| %s | %.0f | %.0f | %.0f | %.0f | %.0f | %.0f |", x.what, x.most.resident/1e6, x.end.resident/1e6, x.most.goroutines, x.end.goroutines, x.most.files, x.end.files)
	}
	say("| NATS server | %.0f | %.0f | | | | |", most.servers.resident/1e6, last.servers.resident/1e6)
	say("")
	say("| run | candidates | published | submitted | over | requests | as undisturbed |")
	say("|---|---:|---:|---:|---:|---:|---|")
	for _, run := range s.runs {
		say("| %s | %d | %d | %v | %v | %d | %s |", run.name, run.rows, run.published, run.submitted.Round(time.Second), s.over[run.name].Round(time.Second), run.requests, yes(run.equal))
	}
	return b.String()
}

func (u *use) most(x use) {
	u.resident, u.goroutines, u.files = max(u.resident, x.resident), max(u.goroutines, x.goroutines), max(u.files, x.files)
}

func (s *soak) lastOver() (at time.Duration) {
	for _, x := range s.over {
		at = max(at, x)
	}
	return at
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// machine says what the test ran on.
func machine() string {
	model := runtime.GOARCH
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if _, rest, ok := strings.Cut(string(text), "model name"); ok {
			model, _, _ = strings.Cut(strings.TrimLeft(rest, "\t :"), "\n")
		}
	}
	return fmt.Sprintf("%d cores, %s", runtime.NumCPU(), model)
}
