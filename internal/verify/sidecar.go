package verify

import (
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"pairmill/schemas"
	"pairmill/store/table"
)

// The statuses of rows that img2dataset did not keep.
var failures = []string{"failed_to_download", "failed_to_resize"}

// own are the columns of a delivered table that img2dataset does not have.
var own = []string{"reason", "detail"}

// sidecarColumns are the columns of a delivered table in their order.
func (s style) sidecarColumns(pictures bool) []schemas.Column {
	out := slices.Clone(s.columns)
	add := func(t string, names ...string) {
		for _, name := range names {
			out = append(out, schemas.Column{Name: name, Type: t})
		}
	}
	add(schemas.ColumnString, "key", "status", "error_message")
	add(schemas.ColumnInt32, "width", "height", "original_width", "original_height")
	if s.exif {
		add(schemas.ColumnString, "exif")
	}
	if s.hash != "" && !s.lists(s.hash) {
		add(schemas.ColumnString, s.hash)
	}
	if pictures {
		add(schemas.ColumnBinary, s.ext)
	}
	for _, name := range own {
		if !s.lists(name) {
			add(schemas.ColumnString, name)
		}
	}
	return out
}

func (s style) lists(name string) bool {
	return slices.ContainsFunc(s.columns, func(c schemas.Column) bool { return c.Name == name })
}

// sidecarRow returns what a delivered table says of a row; what is not in it is not known.
func (s style) sidecarRow(r *schemas.Row, pictures bool) (map[string]any, error) {
	values, err := schemas.DecodeListed(s.columns, r.Listed)
	if err != nil {
		return nil, err
	}
	want := map[string]any{}
	for name, text := range map[string]string{"reason": r.Reason, "detail": strings.ToValidUTF8(r.Detail, "\uFFFD")} {
		if want[name] = text; text == "" {
			want[name] = nil
		}
	}
	for i, c := range s.columns {
		want[c.Name] = values[i]
	}
	for name, v := range s.measured(r) {
		want[name] = v
	}
	if pictures {
		if want[s.ext] = nil; r.Kept() {
			want[s.ext] = r.ImageSHA256 // for its bytes
		}
	}
	return want, nil
}

// sidecar holds the delivered table against the run shard's, row by row, and its stats against both.
func (d *delivery) sidecar(ctx context.Context) {
	c, st := d.c, d.shard.style
	pictures := d.set.spec.Deliver != nil && d.set.spec.Deliver.Format == schemas.DeliverParquet
	columns := st.sidecarColumns(pictures)
	n, counted := 0, tallied{Messages: map[string]int64{}}
	for row, err := range c.values(ctx, d.table.Key, columns) {
		q := at{d.table.Key, int64(n), ""}
		if err != nil {
			c.unreadable(ctx, q, placeIn(err), err)
			return
		}
		if n < len(d.shard.rows) {
			r := &d.shard.rows[n]
			q.key = r.Key
			d.sidecarValues(q, n, r, pictures, columns, row)
		}
		counted.add(columns, row)
		n++
	}
	agree(c, whole(d.shard.table.Key), whole(d.table.Key), Rows, "", len(d.shard.rows), n)
	c.declared(d.table, int64(n))
	d.statistics(ctx, counted)
}

func (d *delivery) sidecarValues(q at, i int, r *schemas.Row, pictures bool, columns []schemas.Column, row []any) {
	want, err := d.shard.style.sidecarRow(r, pictures)
	if err != nil {
		return // the row's own check says why
	}
	p := d.shard.at(i)
	for k, column := range columns {
		w, known := want[column.Name]
		got := row[k]
		switch image, isBytes := got.([]byte); {
		case pictures && column.Name == d.shard.style.ext && isBytes:
			got = sumOf(image)
		case !known && column.Name == "status":
			if text, _ := got.(string); !slices.Contains(failures, text) {
				d.c.reportAt(q, Field, column.Name, strings.Join(failures, " or "), got)
			}
			continue
		case !known: // error_message
			if got == nil {
				d.c.reportAt(q, Field, column.Name, "what became of the row", got)
			}
			continue
		}
		agree(d.c, p, q, Field, column.Name, fmt.Sprintf("%v", w), fmt.Sprintf("%v", got))
	}
}

// values yields the rows of a table that has just these columns.
func (c *checker) values(ctx context.Context, key string, columns []schemas.Column) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		o, err := c.store.Open(ctx, key)
		if err != nil {
			yield(nil, err)
			return
		}
		defer o.Close()
		t, err := table.OpenValues(o, o.Info().Size, key)
		if err != nil {
			yield(nil, err)
			return
		}
		if got := t.Columns(); !slices.Equal(got, columns) {
			yield(nil, fmt.Errorf("columns %v, want %v", got, columns))
			return
		}
		for row, err := range t.Range(ctx, 0, t.Rows(), names(columns)...) {
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

func names(columns []schemas.Column) []string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = c.Name
	}
	return out
}

// rewriteValues writes a delivered table again, to be compared with it.
func rewriteValues(ctx context.Context, c *checker, key string, d *difference) error {
	t, err := table.OpenValues(d.object, d.size, key)
	if err != nil {
		return err
	}
	w, err := table.NewValues(io.Writer(d), t.Columns(), table.Config{})
	if err != nil {
		return err
	}
	return rewriteRows(d, t.Range(ctx, 0, t.Rows(), names(t.Columns())...), w.Write, w.Close)
}
