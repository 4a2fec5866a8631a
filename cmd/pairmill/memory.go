package main

import (
	"bytes"
	"math"
	"os"
	"runtime/debug"
	"strconv"
)

// memoryShare is how much of a container's memory Go may use: what C libraries and children take stands outside its count.
const memoryShare = 0.8

// bufferShare is how much of the memory limit bodies in flight may take.
const bufferShare = 0.25

// limitMemory makes Go collect earlier in a container with a memory limit, unless GOMEMLIMIT says what is wanted. It returns
// how many bytes of bodies may be held; 0 without a limit.
func limitMemory() int64 {
	if os.Getenv("GOMEMLIMIT") == "" {
		if limit := containerMemory("/sys/fs/cgroup/memory.max"); limit > 0 {
			debug.SetMemoryLimit(int64(memoryShare * float64(limit)))
		}
	}
	limit := debug.SetMemoryLimit(-1)
	if limit == math.MaxInt64 {
		return 0
	}
	return int64(bufferShare * float64(limit))
}

// containerMemory reads a control group's limit in bytes; 0 when there is none.
func containerMemory(file string) int64 {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	n, err := strconv.ParseInt(string(bytes.TrimSpace(text)), 10, 64)
	if err != nil || n < 0 {
		return 0 // "max"
	}
	return n
}
