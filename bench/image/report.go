package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// report is what a run measured.
type report struct {
	Codec  string
	OpenCV string
	Cells  []cell
}

func (r report) print(to io.Writer) {
	fmt.Fprintf(to, "pairmill with %s, OpenCV %s; CPU seconds of one core, medians\n\n", r.Codec, r.OpenCV)
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "target\tlongest side\tformat\tpairmill img/s\topencv img/s\tfloor img/s\tvs opencv\tvs floor\t")
	for _, c := range r.Cells {
		fmt.Fprintf(w, "%s\t%s\t%s\t%.0f\t%.0f\t%s\t%.2f\t%s\t\n", c.target(), c.Class, c.Format, 1/c.Pairmill, 1/c.OpenCV, perSecond(c.Floor), c.VsOpenCV, share(c.VsFloor))
	}
	for _, target := range []string{"256", "512 if bigger"} {
		for _, class := range classes() {
			r.mix(w, target, class.name)
		}
		r.mix(w, target, "mix")
	}
	w.Flush()
}

// mix weighs the cells of one target, and of one size class or all ("mix"), by how often such pictures occur.
func (r report) mix(w io.Writer, target, class string) {
	var all, jpg struct{ ours, theirs, floor, shares float64 }
	for _, c := range r.Cells {
		if c.target() != target || class != "mix" && class != c.Class {
			continue
		}
		all.ours, all.theirs, all.shares = all.ours+c.Pairmill*c.Share, all.theirs+c.OpenCV*c.Share, all.shares+c.Share
		if c.Floor > 0 {
			jpg.ours, jpg.theirs, jpg.floor = jpg.ours+c.Pairmill*c.Share, jpg.theirs+c.OpenCV*c.Share, jpg.floor+c.Floor*c.Share
			jpg.shares += c.Share
		}
	}
	if all.shares == 0 {
		return
	}
	if class == "mix" {
		fmt.Fprintf(w, "%s\tmix\tjpg\t%.0f\t%.0f\t%.0f\t%.2f\t%.2f\t\n", target, jpg.shares/jpg.ours, jpg.shares/jpg.theirs, jpg.shares/jpg.floor, jpg.theirs/jpg.ours, jpg.floor/jpg.ours)
	}
	fmt.Fprintf(w, "%s\t%s\tall\t%.0f\t%.0f\t\t%.2f\t\t\n", target, class, all.shares/all.ours, all.shares/all.theirs, all.theirs/all.ours)
}

func (c cell) target() string {
	if c.Bigger {
		return fmt.Sprintf("%d if bigger", c.Side)
	}
	return fmt.Sprint(c.Side)
}

func perSecond(seconds float64) string {
	if seconds == 0 {
		return ""
	}
	return fmt.Sprintf("%.0f", 1/seconds)
}

func share(v float64) string {
	if v == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f", v)
}
