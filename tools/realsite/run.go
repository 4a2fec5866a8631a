package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"pairmill/schemas"
)

// What is known of the site, counted by hand on its files.
const (
	allPages, allCandidates, allImages = 3302, 1664, 372
	onePages, oneCandidates, oneImages = 127, 64, 64
)

type runner struct {
	pages, bin, model string
	languages         []string
}

func (r runner) all(ctx context.Context) ([]check, error) {
	s, err := serve(r.pages, r.languages)
	if err != nil {
		return nil, err
	}
	defer s.close()
	dir, err := os.MkdirTemp("", "realsite-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	var checks []check
	base := "http://127.0.0.1:" + s.port() + "/"
	var seeds, virtual []string
	for _, l := range r.languages {
		seeds = append(seeds, base+l+"/index.html")
		virtual = append(virtual, fmt.Sprintf("http://%s:%s/index.html", virtualHost(l), s.port()))
	}
	for _, x := range []struct {
		name                      string
		seeds                     []string
		workers                   string
		hosts                     int64
		pages, candidates, images int64
	}{
		{"en-US", []string{base + "en-US/index.html"}, "4", 1, onePages, oneCandidates, oneImages},
		{"26 languages", seeds, "4", 1, allPages, allCandidates, allImages},
		{"one worker", seeds, "1", 1, allPages, allCandidates, allImages},
		{"26 hosts", virtual, "4", int64(len(virtual)), allPages, allCandidates, allImages},
	} {
		sum, err := r.run(ctx, filepath.Join(dir, strings.ReplaceAll(x.name, " ", "-")), x.seeds, x.workers)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", x.name, err)
		}
		hosts, requests, inFlight, robotsFirst := s.manners()
		fmt.Fprintf(os.Stderr, "%s: %d requests, %.1f s\n", x.name, requests, sum.Seconds)
		checks = append(checks,
			check{x.name, "pages", x.pages, sum.Pages}, check{x.name, "candidates", x.candidates, sum.Candidates},
			check{x.name, "fetched", x.candidates, sum.Fetched}, check{x.name, "distinct images", x.images, sum.DistinctImages},
			check{x.name, "rows", x.images, sum.Rows}, check{x.name, "hosts", x.hosts, hosts},
			check{x.name, "most requests in flight to a host", 1, inFlight},
			check{x.name, "hosts whose first request was robots.txt", x.hosts, robotsFirst},
			check{x.name, "rows that the ledger cannot account for", 0, sum.Balance()})
	}
	return checks, nil
}

// run does one run of the binary and returns what it says of itself.
func (r runner) run(ctx context.Context, dir string, seeds []string, workers string) (sum schemas.Summary, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return sum, err
	}
	list, err := json.Marshal(seeds) // JSON is YAML
	if err != nil {
		return sum, err
	}
	spec := fmt.Sprintf(`version: 1
name: handbook
source:
  web: {seeds: %s, max_pages: 10000, max_depth: 50}
fetch:
  allow_private: true
  hosts: {"*.handbook.test": 127.0.0.1}
  delay: 0s
image: {mode: "no"}
filter: {min_chars: 0, max_chars: 0, min_words: 0, max_words: 0, drop_control_chars: false, drop_file_names: false,
  drop_placeholders: false, min_side: 0, max_area: 0, max_aspect: 0, min_bytes: 0}
embed: {model: %q}
`, list, r.model)
	path := filepath.Join(dir, "spec.yaml")
	if err := os.WriteFile(path, []byte(spec), 0o644); err != nil {
		return sum, err
	}
	cmd := exec.CommandContext(ctx, r.bin, "run", path, "--store", filepath.Join(dir, "store"), "--json", "--workers", workers)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return sum, err
	}
	return sum, json.Unmarshal(out, &sum)
}
