package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"text/tabwriter"

	"golang.org/x/term"

	"pairmill/internal/verify"
)

// findingPrinter prints findings as they come, as a table or as JSON lines.
type findingPrinter struct {
	w     io.Writer
	json  bool
	table *tabwriter.Writer
	n     int
}

// tableRows is how many findings are aligned with one another: a table that waited for all would hold all.
const tableRows = 100

func (p *findingPrinter) print(f verify.Finding) error {
	if p.json {
		data, err := json.Marshal(f)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.w, "%s\n", data)
		return err
	}
	if p.table == nil {
		p.table = tabwriter.NewWriter(p.w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(p.table, "check\tobject\trow\tkey\tplace\twant\tgot")
	}
	row := ""
	if f.Row != verify.Whole {
		row = strconv.FormatInt(f.Row, 10)
	}
	fmt.Fprintf(p.table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", f.Check, plainText(f.Object), row, plainText(f.Key), plainText(f.Place), plainText(f.Want), plainText(f.Got))
	if p.n++; p.n%tableRows == 0 {
		return p.table.Flush()
	}
	return nil
}

func (p *findingPrinter) flush() error {
	if p.table == nil {
		return nil
	}
	return p.table.Flush()
}

// counter shows on a terminal how much has been read.
type counter struct {
	w               io.Writer // nil where there is no terminal
	objects, bytes  int64
	findings, notes int
}

func newCounter(w io.Writer) *counter {
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return &counter{w: w}
	}
	return &counter{}
}

func (c *counter) count(_ string, bytes int64) {
	c.objects++
	c.bytes += bytes
	if c.w != nil {
		fmt.Fprintf(c.w, "\r%d objects, %.1f MB\x1b[K", c.objects, float64(c.bytes)/1e6)
	}
}

// clear removes the counter, so that what follows stands on a line of its own.
func (c *counter) clear() {
	if c.w != nil {
		fmt.Fprint(c.w, "\r\x1b[K")
	}
}

func (c *counter) String() string {
	return fmt.Sprintf("%d objects read, %.1f MB; %d findings, %d notes", c.objects, float64(c.bytes)/1e6, c.findings, c.notes)
}
