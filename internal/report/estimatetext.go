package report

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"pairmill/schemas"
)

// Text writes the estimate for a person.
func (e *Estimate) Text(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "%s: %d of %d rows are done (%.2f %%)\n\n\testimate\tlow\thigh\t\n", e.Run, e.Sampled, e.Rows, 100*float64(e.Sampled)/float64(max(e.Rows, 1)))
	line := func(name string, i Interval, scale float64, format string) {
		fmt.Fprintf(t, "%s\t"+format+"\t"+format+"\t"+format+"\t\n", name, i.Value/scale, i.Low/scale, i.High/scale)
	}
	line("kept, rows", e.Kept, 1, "%.0f")
	line("kept, %", e.Kept, float64(max(e.Rows, 1))/100, "%.1f")
	for _, class := range []schemas.Class{schemas.Gone, schemas.Refused, schemas.Ours} {
		line(string(class)+", rows", e.Classes[class], 1, "%.0f")
	}
	line("requests", e.Requests, 1, "%.0f")
	line("received, MB", e.Received, 1e6, "%.3f")
	line("stored, MB", e.Stored, 1e6, "%.3f")
	fmt.Fprintf(t, "time of the whole, at the rate so far\t%v\t\t\t\n", round(e.Seconds.Value))
	if err := t.Flush(); err != nil {
		return err
	}
	if e.Slowest.Name != "" {
		fmt.Fprintf(w, "\nslowest host: %s, about %d rows, %v by itself (per_host)\n", e.Slowest.Name, e.Slowest.Rows, round(e.Slowest.Seconds))
	}
	note := "95 % intervals of a simple random sample of the list; how the web changes until then is not in them."
	if e.Unfinished {
		note = "The pass is not over: these are the first rows of the list, no sample of it, and low and high say nothing (--sample)."
	}
	_, err := fmt.Fprintln(w, note)
	return err
}

func round(seconds float64) time.Duration {
	d := time.Duration(seconds * float64(time.Second))
	if d > time.Minute {
		return d.Round(time.Second)
	}
	return d.Round(10 * time.Millisecond)
}
