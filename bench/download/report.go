package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// Targets of the project: pairmill's rate by img2dataset's, and its CPU seconds for an image by the image path's.
const (
	targetRate = 2.0
	targetCPU  = 1.25
)

// report is what was measured.
type report struct {
	Files, Hosts int
	ImagePath    float64 // CPU seconds for an image, without a network
	Runs         []usage
}

func (r report) print(to io.Writer) {
	fmt.Fprintf(to, "%d files from %d hosts; image path alone: %.2f ms of CPU per image\n\n", r.Files, r.Hosts, r.ImagePath*1e3)
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\tclient\timages/s\tCPU s\tms of CPU per image\tby image path\tRSS MB\t")
	for _, u := range r.Runs {
		fmt.Fprintf(w, "%s\t%s\t%.0f\t%.0f\t%.2f\t%.2f\t%d\t\n", u.Scheme, u.Client, u.rate(), u.CPU, u.each()*1e3, u.each()/r.ImagePath, u.RSS>>20)
	}
	w.Flush()
	for _, scheme := range []string{"http", "https"} {
		ours, theirs := r.of(scheme, "pairmill"), r.of(scheme, "img2dataset")
		if ours.Images == 0 || theirs.Images == 0 {
			continue
		}
		fmt.Fprintf(to, "%s: %.2f times img2dataset's images/s (target %.1f), %.2f times the image path's CPU (target %.2f)\n",
			scheme, ours.rate()/theirs.rate(), targetRate, ours.each()/r.ImagePath, targetCPU)
	}
}

// of is the run with the median rate.
func (r report) of(scheme, client string) usage {
	var runs []usage
	for _, u := range r.Runs {
		if u.Scheme == scheme && u.Client == client {
			runs = append(runs, u)
		}
	}
	if len(runs) == 0 {
		return usage{}
	}
	slices.SortFunc(runs, func(a, b usage) int {
		if a.rate() < b.rate() {
			return -1
		}
		return 1
	})
	return runs[len(runs)/2]
}
