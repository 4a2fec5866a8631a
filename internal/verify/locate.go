package verify

import (
	"context"
	"fmt"
	"iter"
	"path"
	"strings"

	"pairmill/encoder"
	"pairmill/schemas"
	"pairmill/store/table"
	"pairmill/store/webdataset"
)

// locate looks for what has changed in objects of which every row is right: headers, padding, statistics, indexes,
// footers. Our tars and tables follow from their rows: written again, they are what they were.
func (c *checker) locate(ctx context.Context) {
	for _, key := range sortedKeys(c.roles) {
		if c.found[key] > 0 || c.torn[key] || c.err != nil {
			continue
		}
		o, err := c.store.Open(ctx, key)
		if err != nil {
			c.unreadable(ctx, whole(key), "", err)
			continue
		}
		d := &difference{object: o, size: o.Info().Size}
		switch err := c.rewrite(ctx, key, d); {
		case err != nil:
			c.unreadable(ctx, whole(key), "", err)
		case d.trusted():
			c.reportAt(at{key, d.row, ""}, Bytes, fmt.Sprintf("byte %d%s", d.offset, d.region), show(d.want), show(d.got))
		}
		o.Close()
	}
}

// rewrite writes the rows of an object again, to be compared with it.
func (c *checker) rewrite(ctx context.Context, key string, d *difference) error {
	role := c.roles[key]
	published := strings.HasPrefix(path.Base(path.Dir(key)), "published") || path.Base(path.Dir(key)) == "shards"
	switch {
	case role == schemas.RoleTar, role == schemas.RoleDelivered && path.Ext(key) == ".tar":
		return rewriteTar(ctx, c, key, d)
	case path.Ext(key) != ".parquet":
		return nil
	case role == schemas.RoleDelivered, role == schemas.RoleLines:
		return rewriteValues(ctx, c, key, d)
	case role == schemas.RoleTable && published:
		return rewriteTable[schemas.ShardRow](ctx, c, key, d)
	case role == schemas.RolePart && strings.Contains(key, "/parts/publish/"):
		return rewriteTable[schemas.SelectedRow](ctx, c, key, d)
	}
	if f, ok := rewriters[role]; ok {
		return f(ctx, c, key, d)
	}
	return nil
}

type rewriter func(ctx context.Context, c *checker, key string, d *difference) error

// rewriters are the tables of each role.
var rewriters = map[string]rewriter{
	schemas.RoleTable: rewriteTable[schemas.Row], schemas.RolePart: rewriteTable[schemas.Candidate],
	schemas.RoleObservations: rewriteTable[schemas.Observation], schemas.RoleHashes: rewriteTable[schemas.HashRow],
	schemas.RolePages: rewriteTable[schemas.Page], schemas.RoleLinks: rewriteTable[schemas.Link],
	schemas.RoleFoundLinks: rewriteTable[schemas.Link], schemas.RoleCandidates: rewriteTable[schemas.Candidate],
	schemas.RoleWinners: rewriteTable[schemas.WinnerRow], schemas.RoleDuplicates: rewriteTable[schemas.DuplicateRow],
	schemas.RoleColumn: rewriteTable[schemas.VectorRow], schemas.RoleSelection: rewriteTable[schemas.SelectedRow],
	schemas.RoleDecisions: rewriteTable[schemas.DecisionRow], schemas.RoleOptOuts: rewriteTable[schemas.OptOutRow],
	schemas.RoleIndex: rewriteTable[schemas.IndexRow], schemas.RoleData: rewriteTable[schemas.DatasetRow],
}

func rewriteTar(ctx context.Context, c *checker, key string, d *difference) error {
	w := webdataset.NewWriter(d)
	for s, err := range samples(ctx, c.store, key) {
		members := make([]webdataset.Member, len(s.Members))
		for i, m := range s.Members {
			members[i] = webdataset.Member{Ext: m.Ext, Data: m.Data}
		}
		if err == nil {
			_, err = w.Write(s.Key, members...)
		}
		if err != nil {
			return err
		}
		d.next++
	}
	d.next, d.where = Whole, ", the end of the archive"
	return w.Close()
}

func rewriteTable[T any](ctx context.Context, c *checker, key string, d *difference) error {
	omit, cfg, err := writtenWith[T](ctx, c, key)
	if err != nil {
		return err
	}
	w, err := table.NewWriter[T](d, cfg)
	if err != nil {
		return err
	}
	return rewriteRows(d, table.Read[T](ctx, c.store, key, omit...), func(row T) error { return w.Write(row) }, w.Close)
}

// rewriteRows writes a table's rows to d, and says where in the table that is.
func rewriteRows[T any](d *difference, rows iter.Seq2[T, error], write func(T) error, end func() error) error {
	d.next, d.where = Whole, ", row group 0"
	groups, n, written := 0, int64(0), d.at
	for row, err := range rows {
		if err == nil {
			err = write(row)
		}
		if err != nil {
			return err
		}
		if n++; d.at != written { // a row group has been written
			groups, written = groups+1, d.at
			d.where = fmt.Sprintf(", row group %d, from row %d", groups, n)
		}
	}
	d.where += " or footer"
	return end()
}

// writtenWith finds out how a table was written.
func writtenWith[T any](ctx context.Context, c *checker, key string) (omit []string, cfg table.Config, err error) {
	var row T
	if _, ok := any(row).(schemas.DatasetRow); ok {
		if omit, err = c.omitted(ctx, key); err != nil {
			return nil, cfg, err
		}
		cfg.Omit = omit
	}
	cfg.Vectors = map[string]table.Vector{}
	for first, err := range table.Read[T](ctx, c.store, key, omit...) {
		if err != nil {
			return nil, cfg, err
		}
		image := vectorOf(first)
		if len(image) > 0 {
			v := table.Vector{Dim: len(image), Type: elementType(image)}
			cfg.Vectors["image_embedding"], cfg.Vectors["text_embedding"] = v, v
		}
		break
	}
	t, err := table.Open[T](ctx, c.store, key, omit...)
	if err != nil {
		return nil, cfg, err
	}
	defer t.Close()
	cfg.Metadata = map[string]string{}
	for _, k := range []string{"pairmill.schema", "pairmill.encoder", "huggingface"} {
		if v, ok := t.Metadata(k); ok {
			cfg.Metadata[k] = v
		}
	}
	return omit, cfg, nil
}

func vectorOf(row any) []float32 {
	switch r := row.(type) {
	case schemas.VectorRow:
		return r.ImageEmbedding
	case schemas.SelectedRow:
		return r.ImageEmbedding
	case schemas.DatasetRow:
		return r.ImageEmbedding
	}
	return nil
}

func elementType(v []float32) string {
	for _, x := range v {
		if encoder.FromFloat16(encoder.Float16bits(x)) != x {
			return schemas.Float32
		}
	}
	return schemas.Float16
}
