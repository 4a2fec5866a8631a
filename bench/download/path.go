package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"pairmill/imaging"
)

// imagePath is the CPU seconds that package imaging takes for a picture of the list, on average: every file of the list
// once, weighed by how often it occurs.
func imagePath(corpus string, rows []row) (float64, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // the collector's seconds count as well
	p, err := imaging.New(imaging.Config{Side: 256, Mode: imaging.Border})
	if err != nil {
		return 0, err
	}
	times := map[string]int{}
	for _, r := range rows {
		times[r.file]++
	}
	sum := 0.0
	for file, n := range times {
		data, err := os.ReadFile(filepath.Join(corpus, filepath.FromSlash(file)))
		if err != nil {
			return 0, err
		}
		seconds, err := average(p, data)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", file, err)
		}
		sum += seconds * float64(n)
	}
	return sum / float64(len(rows)), nil
}

// average is the mean of two times for one picture: what others do to the machine's caches slows the clients too.
func average(p *imaging.Processor, data []byte) (float64, error) {
	const passes = 2
	before := cpu()
	for range passes {
		if _, err := p.Process(data); err != nil {
			return 0, err
		}
	}
	return (cpu() - before) / passes, nil
}

// cpu is this process's user and system time in seconds.
func cpu() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}
