package main

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestDrawIsTheSameAndHasTheShares(t *testing.T) {
	t.Parallel()
	corpus := t.TempDir()
	for _, c := range classes {
		for _, f := range formats {
			name := filepath.Join(corpus, c.name, "00."+f.name)
			if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, nil, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	const n = 20_000
	rows, err := draw(corpus, n, 500)
	if err != nil {
		t.Fatal(err)
	}
	again, err := draw(corpus, n, 500)
	if err != nil || !slices.Equal(rows, again) {
		t.Errorf("a second draw differs, error %v", err)
	}
	jpg, hosts := 0, map[int]bool{}
	for _, r := range rows {
		if strings.HasSuffix(r.file, ".jpg") {
			jpg++
		}
		hosts[r.host] = true
	}
	if share := float64(jpg) / n; math.Abs(share-0.85) > 0.01 || len(hosts) != 500 {
		t.Errorf("%.3f are JPEG from %d hosts, want 0.85 from 500", share, len(hosts))
	}
}
