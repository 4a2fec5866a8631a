package sheet

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode"
)

// captionRunes is how much of a caption a line of the table holds.
const captionRunes = 56

// WriteText writes the best and the worst pairs as tables, or samples where pairs have no similarity.
func (s *Sheet) WriteText(w io.Writer) error {
	m := s.Manifest
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if !s.Scored() {
		fmt.Fprintf(t, "%s %s: %d pairs without vectors; some of them:\n", m.Dataset, m.Name, m.Rows)
		writePairs(t, s.Samples, false)
		return t.Flush()
	}
	fmt.Fprintf(t, "%s %s: %d pairs, mean similarity %.3f, encoder %.12s\n", m.Dataset, m.Name, m.Rows, s.Similarity.Mean, m.Encoder)
	for _, part := range []struct {
		name  string
		pairs []Pair
	}{{"best", s.Best}, {"worst", s.Worst}} {
		fmt.Fprintf(t, "\n%s %d\n", part.name, len(part.pairs))
		writePairs(t, part.pairs, true)
		t.Flush() // columns of the two tables need not be equal
	}
	return t.Flush()
}

func writePairs(t io.Writer, pairs []Pair, scored bool) {
	if scored {
		fmt.Fprint(t, "similarity\t")
	}
	fmt.Fprint(t, "key\tcaption\tpage\n")
	for _, p := range pairs {
		if scored {
			fmt.Fprintf(t, "%10.3f\t", p.Similarity)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\n", plain(p.Key), shorten(plain(p.Caption), captionRunes), plain(p.PageURL))
	}
}

// plain replaces what a terminal would obey rather than show.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}

func shorten(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
