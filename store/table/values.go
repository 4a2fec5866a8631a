package table

import (
	"fmt"
	"io"
	"strings"

	"github.com/parquet-go/parquet-go"

	"pairmill/schemas"
)

// Values writes rows whose columns are known at run time only, such as what a list carries along. Every column is
// nullable, and so are the elements of lists. It is for one goroutine.
type Values struct {
	grouped
	columns []*valueShredder
}

// NewValues starts a file of columns. Of cfg it takes Metadata and the limits of row groups; Vectors and Omit are
// refused, because columns says what there is. No columns, two of one name and unknown types are errors.
//
// What a row holds for each type, besides nil for null:
//
//	string, binary            string, []byte
//	int32, int64              int32, int64
//	float, double             float32, float64
//	bool                      bool
//	list<string>              []string
//	list<int64>               []int64
//	list<double>              []float64
//	list<list<double>>        [][]float64
//
// A nil slice is an empty list (empty bytes); only an untyped nil is null.
func NewValues(w io.Writer, columns []schemas.Column, cfg Config) (*Values, error) {
	cfg = cfg.withDefaults()
	if len(cfg.Vectors) > 0 || len(cfg.Omit) > 0 {
		return nil, fmt.Errorf("table of values: Vectors and Omit have no meaning there")
	}
	schema, err := valueSchema(columns)
	if err != nil {
		return nil, err
	}
	var options []parquet.WriterOption
	out := &Values{}
	for i, c := range columns {
		out.columns = append(out.columns, &valueShredder{column: c, index: i})
		if c.Type == schemas.ColumnBinary { // least and greatest picture say nothing
			options = append(options, parquet.SkipPageBounds(c.Name))
		}
	}
	out.grouped = newGrouped(w, cfg, schema, options...)
	return out, nil
}

// Write appends a row: a value for each column, in their order. It keeps nothing of it. Strings that are not UTF-8 are
// mended with U+FFFD. After an error nothing more is written: the file must be thrown away.
func (w *Values) Write(row []any) error {
	if w.err == nil {
		w.err = w.write(row)
	}
	return w.err
}

func (w *Values) write(row []any) error {
	if len(row) != len(w.columns) {
		return fmt.Errorf("write row %d: %d values for %d columns", w.rows, len(row), len(w.columns))
	}
	for i, c := range w.columns {
		if err := c.add(row[i]); err != nil {
			return fmt.Errorf("write row %d, column %s: %w", w.rows, c.column.Name, err)
		}
	}
	writers := w.group.ColumnWriters()
	for i, c := range w.columns {
		w.bytes += c.size
		if _, err := writers[i].WriteRowValues(c.values); err != nil {
			return fmt.Errorf("write row %d, column %s: %w", w.rows, c.column.Name, err)
		}
		c.reset()
	}
	w.rows++
	w.inGroup++
	if w.inGroup >= w.cfg.RowGroupRows || w.bytes >= w.cfg.RowGroupBytes {
		return w.commit()
	}
	return nil
}

// Close ends the file. A file without it is not Parquet.
func (w *Values) Close() error { return w.close(w.commit) }

// valueSchema is the Parquet schema of columns.
func valueSchema(columns []schemas.Column) (*parquet.Schema, error) {
	if len(columns) == 0 {
		return nil, fmt.Errorf("table of values: no columns")
	}
	g := group{}
	seen := map[string]bool{}
	for _, c := range columns {
		n, err := nodeOfType(c.Type)
		switch {
		case err != nil:
			return nil, fmt.Errorf("table of values, column %q: %w", c.Name, err)
		case seen[c.Name]:
			return nil, fmt.Errorf("table of values: two columns %q", c.Name)
		}
		seen[c.Name] = true
		g.fields = append(g.fields, field{parquet.Optional(n), strings.ToValidUTF8(c.Name, "\uFFFD")})
	}
	return parquet.NewSchema("row", g), nil
}

// nodeOfType is the Parquet type of a column type.
func nodeOfType(t string) (parquet.Node, error) {
	list := func(n parquet.Node) parquet.Node { return parquet.List(parquet.Optional(n)) }
	double := valueNode(column{kind: kindFloat64})
	switch t {
	case schemas.ColumnString:
		return parquet.String(), nil
	case schemas.ColumnBinary:
		return parquet.Leaf(parquet.ByteArrayType), nil
	case schemas.ColumnBool:
		return parquet.Leaf(parquet.BooleanType), nil
	case schemas.ColumnInt32:
		return parquet.Leaf(parquet.Int32Type), nil
	case schemas.ColumnInt64:
		return parquet.Leaf(parquet.Int64Type), nil
	case schemas.ColumnFloat:
		return valueNode(column{kind: kindFloat32}), nil
	case schemas.ColumnDouble:
		return double, nil
	case schemas.ColumnStrings:
		return list(parquet.String()), nil
	case schemas.ColumnInts:
		return list(parquet.Leaf(parquet.Int64Type)), nil
	case schemas.ColumnDoubles:
		return list(double), nil
	case schemas.ColumnBoxes:
		return list(list(double)), nil
	}
	return nil, fmt.Errorf("unknown type %q", t)
}
