package table

import (
	"fmt"
	"reflect"

	"github.com/parquet-go/parquet-go"
)

// groupReader reads rows of one row group.
type groupReader struct {
	cursors []*cursor
	at, end int64 // the next row and the one after the last, in the group
	last    bool  // end is the group's end
}

// openGroup opens the rows from up to to of a row group, whose sources are read as ahead says.
func openGroup(g parquet.RowGroup, sources []source, from, to int64, ahead ahead) (*groupReader, error) {
	r := &groupReader{at: from, end: to, last: to == g.NumRows()}
	chunks := g.ColumnChunks()
	for i, s := range sources {
		if s.index < 0 || s.index >= len(chunks) {
			r.close()
			return nil, fmt.Errorf("column %s: the row group has %d columns", &s.leaf, len(chunks))
		}
		c, err := openCursor(s, chunks[s.index], from, ahead.pages[i], ahead.indexes)
		if err != nil {
			r.close()
			return nil, fmt.Errorf("column %s: %w", &s.leaf, err)
		}
		r.cursors = append(r.cursors, c)
	}
	return r, nil
}

// close gives pages back. What was read is checked by then, so there is nothing to report.
func (r *groupReader) close() {
	for _, c := range r.cursors {
		c.close()
	}
}

// next fills rows, a slice of zero structs, column by column, and returns how many it filled; 0 at the end.
func (r *groupReader) next(rows reflect.Value) (int, error) {
	n := int(min(int64(rows.Len()), r.end-r.at))
	for _, c := range r.cursors {
		for i := range n {
			if err := c.row(rows.Index(i)); err != nil {
				return 0, fmt.Errorf("column %s, row %d: %w", &c.leaf, r.at+int64(i), err)
			}
		}
	}
	r.at += int64(n)
	if n == 0 && r.last {
		return 0, r.check()
	}
	return n, nil
}

func (r *groupReader) check() error {
	for _, c := range r.cursors {
		if err := c.atEnd(); err != nil {
			return fmt.Errorf("column %s, after row %d: %w", &c.leaf, r.end, err)
		}
	}
	return nil
}
