package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"pairmill/schemas"
	"pairmill/store/local"
	"pairmill/store/table"
)

// outcome is what became of a list.
type outcome struct {
	took time.Duration
	rate float64 // good images per second, as the server saw them
	rows []result
}

// result is a row of a delivered table.
type result struct {
	URL    string `parquet:"url"`
	Reason string `parquet:"reason,optional"`
	Detail string `parquet:"detail,optional"`
}

// kind is the second label of the host's name.
func (r result) kind() string {
	u, err := url.Parse(r.URL)
	if err != nil {
		return r.URL
	}
	_, rest, _ := strings.Cut(u.Hostname(), ".")
	return strings.TrimSuffix(rest, ".test")
}

// results reads the tables at the top of the output folder.
func results(ctx context.Context, folder string) (out []result, err error) {
	s, err := local.New(folder)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	for info, err := range s.List(ctx, "") {
		if err != nil {
			return nil, err
		}
		if path.Ext(info.Key) != ".parquet" || strings.Contains(info.Key, "/") {
			continue
		}
		for row, err := range table.Read[result](ctx, s, info.Key) {
			if err != nil {
				return nil, err
			}
			out = append(out, row)
		}
	}
	return out, nil
}

// check says which rows have not become what they should.
func (o outcome) check() (wrong []string) {
	want := map[string][]schemas.Reason{"good": {schemas.Kept}}
	for _, k := range kinds() {
		want[k.name] = k.want
	}
	for _, r := range o.rows {
		if !slices.Contains(want[r.kind()], schemas.Reason(r.Reason)) {
			wrong = append(wrong, fmt.Sprintf("%s: %s (%s), want %v", r.URL, r.Reason, r.Detail, want[r.kind()]))
		}
	}
	return wrong
}

// print says how many rows of each kind came to what.
func (o outcome) print(to io.Writer) {
	counts := map[string]int{}
	for _, r := range o.rows {
		reason := r.Reason
		if reason == "" {
			reason = "kept"
		}
		counts[fmt.Sprintf("%-10s %s", r.kind(), reason)]++
	}
	for _, line := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(to, "  %-36s %d\n", line, counts[line])
	}
}
