package faults

import (
	"bufio"
	"errors"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// figures is what a process tells Prometheus: each metric's value, those of all its labels added up.
type figures map[string]float64

var errNoMetrics = errors.New("it has not said where its metrics are")

var metricsRE = regexp.MustCompile(`metrics=(http://\S+/metrics)`)

// figures asks a worker or a control plane for its metrics.
func (p *process) figures() (figures, error) {
	text, url := p.text(), ""
	if m := metricsRE.FindStringSubmatch(text); m != nil {
		url = m[1]
	} else if m := apiRE.FindStringSubmatch(text); m != nil {
		url = m[1] + "/metrics"
	}
	if url == "" {
		return nil, fmt.Errorf("%s: %w", p.name, errNoMetrics)
	}
	client := http.Client{Timeout: 3 * time.Second}
	resp, err := client.Get(url)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	all := figures{}
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		name, rest, _ := strings.Cut(lines.Text(), " ")
		if i := strings.IndexByte(lines.Text(), '}'); i >= 0 {
			name, _, _ = strings.Cut(name, "{")
			rest = lines.Text()[i+1:]
		}
		if v, err := strconv.ParseFloat(strings.TrimSpace(rest), 64); err == nil && name != "#" {
			all[name] += v
		}
	}
	return all, nil
}

// peak is the most memory that a process has had resident, in bytes, by the kernel's word.
func peak(t *testing.T, pid int) int64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	var kB int64
	if _, err := fmt.Sscanf(rest, "%d kB", &kB); err != nil {
		t.Fatalf("VmHWM of %d: %v", pid, err)
	}
	return kB << 10
}
