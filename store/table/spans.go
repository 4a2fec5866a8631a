package table

import "fmt"

// Span is a row group: its rows are From up to, not including, To, and of one column these are the least and the greatest
// value.
type Span struct {
	From, To        int64
	Least, Greatest string
}

// Spans lists the row groups that have rows, with their bounds of a top-level column of strings: in a table that is sorted by
// that column they say where a value is. They stand in the footer, which is in memory already; a file without them is an error.
func (t *Table[T]) Spans(column string) ([]Span, error) {
	c := t.file.Root().Column(column)
	if c == nil || !c.Leaf() {
		return nil, fmt.Errorf("table %s has no column %q", t.key, column)
	}
	var out []Span
	first := int64(0)
	for i, g := range t.file.Metadata().RowGroups {
		if g.NumRows == 0 {
			continue
		}
		if c.Index() >= len(g.Columns) {
			return nil, fmt.Errorf("table %s, row group %d: %d columns, want %q", t.key, i, len(g.Columns), column)
		}
		s := g.Columns[c.Index()].MetaData.Statistics
		if s.MaxValue == nil || s.MinValue == nil {
			return nil, fmt.Errorf("table %s, row group %d: no bounds of column %q", t.key, i, column)
		}
		out = append(out, Span{From: first, To: first + g.NumRows, Least: string(s.MinValue), Greatest: string(s.MaxValue)})
		first += g.NumRows
	}
	return out, nil
}
