package faults

import (
	"context"
	"fmt"
	"math"
	"os"
	"time"

	"pairmill/control/client"
)

// use is what the processes of one kind take, the one that takes most of each.
type use struct {
	resident   float64 // bytes
	goroutines float64
	files      float64 // descriptors
}

// sample is one look at a cluster. What nobody told is NaN.
type sample struct {
	at      time.Duration
	rows    float64 // that fetches are done with, over all runs
	queue   float64 // jobs
	workers use
	planes  use
	servers use // its goroutines are not known
}

// watch looks again and again until ctx ends.
func (s *soak) watch(ctx context.Context) {
	for next := time.Now(); ; next = next.Add(soakEvery) {
		if !pass(ctx, time.Until(next)) {
			return
		}
		x := s.look()
		s.mu.Lock()
		if n := len(s.samples); n > 0 && !(x.rows >= s.samples[n-1].rows) {
			x.rows = s.samples[n-1].rows // a control plane that has just begun has not read all records
		}
		s.samples = append(s.samples, x)
		s.mu.Unlock()
	}
}

func (s *soak) look() sample {
	x := sample{at: time.Since(s.began), rows: math.NaN(), queue: math.NaN()}
	_ = s.r.askOnce(func(ctx context.Context, c *client.Client) error { // nobody may be there
		all, err := c.Runs(ctx)
		if err != nil {
			return err
		}
		x.rows = 0
		for _, run := range all.Runs {
			x.rows += float64(run.Rows.In)
			if run.State.Over() {
				s.noteOver(run.Run, x.at)
			}
		}
		return nil
	})
	for _, p := range s.r.planes {
		if f, err := p.figures(); err == nil {
			x.planes.take(f)
			if f["pairmill_leader"] == 1 {
				x.queue = f["pairmill_queue_jobs"]
			}
		}
	}
	for _, p := range s.r.workers {
		if f, err := p.figures(); err == nil {
			x.workers.take(f)
		}
	}
	for _, p := range s.r.servers {
		x.servers.resident = max(x.servers.resident, resident(p.pid()))
	}
	return x
}

// noteOver notes when a run was over.
func (s *soak) noteOver(run string, at time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.over[run]; !ok {
		s.over[run] = at
	}
}

func (u *use) take(f figures) {
	u.resident = max(u.resident, f["process_resident_memory_bytes"])
	u.goroutines = max(u.goroutines, f["go_goroutines"])
	u.files = max(u.files, f["process_open_fds"])
}

// resident is how much memory a process has now, in bytes; 0: it is not there.
func resident(pid int) float64 {
	var pages, all float64
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err == nil {
		_, err = fmt.Sscan(string(text), &all, &pages)
	}
	if err != nil {
		return 0
	}
	return pages * float64(os.Getpagesize())
}

// rateOver is over how long a rate is taken.
const rateOver = 15 * time.Second

// rates are the rows per second up to each sample.
func rates(samples []sample) []float64 {
	list := make([]float64, len(samples))
	for i, x := range samples {
		first := i
		for first > 0 && x.at-samples[first].at < rateOver {
			first--
		}
		list[i] = math.NaN()
		if span := (x.at - samples[first].at).Seconds(); span > 0 {
			list[i] = (x.rows - samples[first].rows) / span
		}
	}
	return list
}

// longestPause is the longest time in which no row was done, between the first and the last, and when it ended.
func longestPause(samples []sample) (longest, until time.Duration) {
	last := -1
	for i, x := range samples {
		if math.IsNaN(x.rows) || x.rows == 0 {
			continue
		}
		if last >= 0 && x.rows > samples[last].rows {
			if pause := x.at - samples[last].at; pause > longest {
				longest, until = pause, x.at
			}
		}
		if last < 0 || x.rows > samples[last].rows {
			last = i
		}
	}
	return longest, until
}
