// Package process measures what groups of processes use, by what Linux tells of them.
package process

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of CPU times in /proc, which Linux fixes for programs at a hundredth of a second.
const tick = 10 * time.Millisecond

// Usage is what the living processes of a group use.
type Usage struct {
	CPU      time.Duration // user and system, that of ended children included
	Resident int64         // bytes; pages that processes share count as often as they do
}

// Group adds up the processes of a group. One that ends meanwhile is left out.
func Group(group int) (sum Usage) {
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(data), ") ") // the name before it may hold anything
		fields := strings.Fields(rest)                // from the third on: state, ppid, pgrp, …
		if len(fields) < 22 || fields[2] != strconv.Itoa(group) {
			continue
		}
		for _, ticks := range fields[11:15] { // utime, stime, cutime, cstime
			n, _ := strconv.ParseInt(ticks, 10, 64)
			sum.CPU += time.Duration(n) * tick
		}
		pages, _ := strconv.ParseInt(fields[21], 10, 64)
		sum.Resident += pages * int64(os.Getpagesize())
	}
	return sum
}

// Memory follows the resident memory of a group.
type Memory struct {
	end, ended chan struct{}
	most       int64
}

// Watch begins to follow a group.
func Watch(group int) *Memory {
	m := &Memory{end: make(chan struct{}), ended: make(chan struct{})}
	go m.follow(group)
	return m
}

// Stop returns the most that was seen, in bytes.
func (m *Memory) Stop() int64 {
	close(m.end)
	<-m.ended
	return m.most
}

func (m *Memory) follow(group int) {
	defer close(m.ended)
	tick := time.NewTicker(250 * time.Millisecond) // reading /proc takes about a millisecond
	defer tick.Stop()
	for {
		select {
		case <-m.end:
			return
		case <-tick.C:
			m.most = max(m.most, Group(group).Resident)
		}
	}
}
