package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"text/tabwriter"

	"pairmill/schemas"
)

// printSummary shows the funnel: what came in, what went where, what is left.
func printSummary(w io.Writer, s schemas.Summary, at place) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "\npages\t%d\t\n", s.Pages)
	fmt.Fprintf(t, "candidates\t%d\t\n", s.Candidates)
	fmt.Fprintf(t, "fetched\t%d\t\n", s.Fetched)
	if s.Unchanged > 0 {
		fmt.Fprintf(t, "of those unchanged\t%d\t\n", s.Unchanged)
	}
	for _, r := range byRows(s.Dropped) {
		fmt.Fprintf(t, "dropped\t%d\t %s (%s)\n", s.Dropped[r], r, r.Class())
	}
	if s.Quarantined > 0 {
		fmt.Fprintf(t, "quarantined\t%d\t\n", s.Quarantined)
	}
	fmt.Fprintf(t, "distinct images\t%d\t\n", s.DistinctImages)
	fmt.Fprintf(t, "embedded\t%d\t\n", s.Embedded)
	fmt.Fprintf(t, "rows\t%d\t\n", s.Rows)
	t.Flush()
	if s.Dataset != "" {
		fmt.Fprintf(w, "\n%s done in %.1f s: %s\n", s.Run, s.Seconds, at.join(s.Dataset))
	}
}

// byRows sorts reasons by how many rows they took, most first.
func byRows(dropped map[schemas.Reason]int64) []schemas.Reason {
	return slices.SortedFunc(maps.Keys(dropped), func(a, b schemas.Reason) int {
		return cmp.Or(cmp.Compare(dropped[b], dropped[a]), cmp.Compare(a, b))
	})
}

// folderOf is the folder of a key, with its slash.
func folderOf(key string) string { return path.Dir(key) + "/" }
