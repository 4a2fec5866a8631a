package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// memory follows the resident memory of a process group.
type memory struct {
	end, ended chan struct{}
	most       int64
}

func watch(group int) *memory {
	m := &memory{end: make(chan struct{}), ended: make(chan struct{})}
	go m.follow(group)
	return m
}

// stop returns the most that was seen.
func (m *memory) stop() int64 {
	close(m.end)
	<-m.ended
	return m.most
}

func (m *memory) follow(group int) {
	defer close(m.ended)
	tick := time.NewTicker(250 * time.Millisecond) // reading /proc takes about a millisecond
	defer tick.Stop()
	for {
		select {
		case <-m.end:
			return
		case <-tick.C:
			m.most = max(m.most, resident(group))
		}
	}
}

// resident adds up the group's pages. Pages that its processes share count as often as they do.
func resident(group int) (sum int64) {
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(data), ") ")
		fields := strings.Fields(rest) // from the third on: state, ppid, pgrp, …; rss is the 24th
		if len(fields) < 22 || fields[2] != strconv.Itoa(group) {
			continue
		}
		pages, _ := strconv.ParseInt(fields[21], 10, 64)
		sum += pages * int64(os.Getpagesize())
	}
	return sum
}
