package imaging

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const (
	peakAllowed = 600 << 20
	readers     = 16
)

// TestPeakMemory has sixteen goroutines work through all foreign pictures and some large ones at once, in a process of its own, and reads
// from the kernel how much memory that process ever held, C included. The large ones alone, without a gate, take more.
func TestPeakMemory(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector multiplies memory; the pass without it measures")
	}
	if os.Getenv("PAIRMILL_MATERIAL") == "" {
		t.Skip("PAIRMILL_MATERIAL is unset: no foreign pictures to read")
	}
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("no /proc to read the peak from")
	}
	peak := peakOfChild(t, 0)
	t.Logf("peak with the gate: %d MB", peak>>20)
	if peak > peakAllowed {
		t.Errorf("peak of %d MB, want at most %d", peak>>20, peakAllowed>>20)
	}
	open := peakOfChild(t, 1<<40)
	t.Logf("peak without a gate: %d MB", open>>20)
	if open <= peakAllowed {
		t.Errorf("%d MB without a gate: these pictures cannot show that it works", open>>20)
	}
}

// peakOfChild runs TestPeakMemoryChild in this binary.
func peakOfChild(t *testing.T, maxDecoded int64) int64 {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestPeakMemoryChild$", "-test.v")
	cmd.Env = append(os.Environ(), fmt.Sprintf("PAIRMILL_PEAK_CHILD=%d", maxDecoded))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	_, after, ok := bytes.Cut(out, []byte("VmHWM:"))
	if !ok {
		t.Fatalf("no peak in\n%s", out)
	}
	number, _, _ := strings.Cut(strings.TrimSpace(string(after)), " ")
	kb, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kb << 10
}

// TestPeakMemoryChild is the process that is measured.
func TestPeakMemoryChild(t *testing.T) {
	limit, err := strconv.ParseInt(os.Getenv("PAIRMILL_PEAK_CHILD"), 10, 64)
	if err != nil {
		t.Skip("only run by TestPeakMemory")
	}
	p, err := New(Config{MaxDecoded: limit})
	if err != nil {
		t.Fatal(err)
	}
	all := make(chan []byte)
	var group sync.WaitGroup
	for range readers {
		group.Go(func() {
			for data := range all {
				p.Process(data) // what comes of each is for TestMaterial to judge
			}
		})
	}
	if limit == 0 {
		files := filesUnder(t, filepath.Join(os.Getenv("PAIRMILL_MATERIAL"), "images"), func(string) bool { return true })
		for _, file := range append(files, goPictures(t)...) {
			all <- readFile(t, file)
		}
	}
	large := zeroPNG(3_000, 3_000, 3_000, 16, 6)
	for range readers {
		all <- large
	}
	close(all)
	group.Wait()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if strings.HasPrefix(line, "VmHWM:") {
			t.Log(line)
		}
	}
}
