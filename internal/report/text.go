package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"pairmill/schemas"
)

// Text writes the report for a person.
func (r *Report) Text(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "%s\t%s\n", r.Run, r.state())
	r.share(t, "kept", r.Kept)
	for _, class := range []schemas.Class{schemas.Gone, schemas.Refused, schemas.Ours} {
		r.share(t, string(class), r.Classes[class])
	}
	if r.Quarantined > 0 {
		r.share(t, "quarantined", r.Quarantined)
	}
	if len(r.Reasons) > 0 {
		fmt.Fprintln(t, "\nreason\tclass\trows\thosts\texample")
		for _, x := range r.Reasons {
			fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%s\n", x.Reason, x.Class, x.Rows, x.Hosts, cut(plain(x.Detail), 70))
		}
		t.Flush()
		fmt.Fprintln(w, "\none of each, asked for again:")
		for _, x := range r.Reasons {
			if x.Command != "" {
				fmt.Fprintf(w, "  %s  # %s\n", x.Command, x.Reason)
			}
		}
	}
	r.list(t, "domain", r.Domains)
	if len(r.Hosts) > len(r.Domains) { // otherwise they say the same
		r.list(t, "host", r.Hosts)
	}
	r.costs(t)
	return t.Flush()
}

// state says how far the run has come.
func (r *Report) state() string {
	text := fmt.Sprintf("%d rows", r.Rows+r.Quarantined)
	if r.Planned > r.Rows+r.Quarantined {
		text = fmt.Sprintf("%d of %d rows", r.Rows+r.Quarantined, r.Planned)
	}
	if !r.Over {
		text += ", not over yet"
	}
	return text
}

func (r *Report) share(w io.Writer, name string, n int64) {
	fmt.Fprintf(w, "%s\t%d\t%.1f %%\n", name, n, 100*float64(n)/float64(max(r.Rows+r.Quarantined, 1)))
}

func (r *Report) list(w io.Writer, what string, sites []Site) {
	if len(sites) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s\tdropped\tfor\n", what)
	for _, s := range sites[:min(len(sites), 10)] {
		name := s.Name
		if name == "" {
			name = "(no URL)"
		}
		fmt.Fprintf(w, "%s\t%d\t%s\n", cut(plain(name), 60), s.Dropped, reasons(s.Reasons))
	}
}

func reasons(counts map[schemas.Reason]int64) string {
	names := slices.SortedFunc(maps.Keys(counts), func(a, b schemas.Reason) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	var words []string
	for _, n := range names[:min(len(names), 4)] {
		words = append(words, fmt.Sprintf("%s %d", n, counts[n]))
	}
	return strings.Join(words, ", ")
}

func (r *Report) costs(w io.Writer) {
	o, s := r.Observed, r.Spent
	fmt.Fprintf(w, "\nreceived\t%s in %d requests\n", size(float64(o.Bytes)), o.Requests)
	if o.Unchanged > 0 {
		fmt.Fprintf(w, "unchanged\t%d rows, taken over from the run before\n", o.Unchanged)
	}
	fmt.Fprintf(w, "stored\t%s of pictures\n", size(float64(o.Stored)))
	if s.Seconds > 0 {
		fmt.Fprintf(w, "rate\t%.0f rows/s, %s/s\n", float64(r.Rows)/s.Seconds, size(float64(o.Bytes)/s.Seconds))
		fmt.Fprintf(w, "CPU\t%.1f s in %d ended processes, %.0f s per million kept, %.0f MB at most\n", s.CPU, s.Processes, r.CPUPerMillion(), float64(s.MaxRSS)/1e6)
	}
}

// cut shortens a line to n characters.
func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// size writes bytes with a unit that leaves three digits or so.
func size(n float64) string {
	for _, unit := range []string{"B", "kB", "MB", "GB"} {
		if n < 1000 {
			return fmt.Sprintf("%.3g %s", n, unit)
		}
		n /= 1000
	}
	return fmt.Sprintf("%.1f TB", n)
}
