package specfile

import (
	"fmt"
	"strings"
)

// Problem is one thing wrong with a spec.
type Problem struct {
	File string // as given to Parse; empty when a spec did not come from a file
	Line int    // 1-based; 0 when the place is not known, as for something that is missing
	Path string // "fetch.timeout", "source.web.seeds[2]"; empty for the file as a whole
	Text string // what is wrong, with the value and the limit
}

// Error gives "spec.yaml:12: fetch.timeout: …", leaving out what is not known.
func (p Problem) Error() string {
	var b strings.Builder
	if p.File != "" {
		b.WriteString(p.File)
		if p.Line > 0 {
			fmt.Fprintf(&b, ":%d", p.Line)
		}
		b.WriteString(": ")
	}
	if p.Path != "" {
		b.WriteString(p.Path + ": ")
	}
	return b.String() + p.Text
}

// Problems is everything wrong with a spec; never empty when it is returned as an error.
type Problems []Problem

// Error gives one line for each problem.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.Error()
	}
	return strings.Join(lines, "\n")
}

// err avoids an error interface around an empty list.
func (p Problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return p
}

func (p *Problems) add(line int, path, format string, args ...any) {
	*p = append(*p, Problem{Line: line, Path: path, Text: fmt.Sprintf(format, args...)})
}
