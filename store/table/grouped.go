package table

import (
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
)

// grouped is a file in row groups that is being written: what Writer and Values have in common.
type grouped struct {
	cfg     Config
	file    *parquet.GenericWriter[any]
	group   *parquet.ConcurrentRowGroupWriter
	rows    int64
	inGroup int
	bytes   int64 // in the group, before compression
	err     error // of the first write that did not succeed; the file is lost
}

// newGrouped starts a file. cfg has its defaults.
func newGrouped(w io.Writer, cfg Config, schema *parquet.Schema, more ...parquet.WriterOption) grouped {
	options := append([]parquet.WriterOption{
		schema,
		parquet.Compression(codec),
		parquet.PageBufferSize(pageBytes),
		parquet.CreatedBy("pairmill", "1", ""), // the module's version would make bytes depend on the build
	}, more...)
	for k, v := range cfg.Metadata {
		options = append(options, parquet.KeyValueMetadata(k, v))
	}
	file := parquet.NewGenericWriter[any](w, options...)
	return grouped{cfg: cfg, file: file, group: file.BeginRowGroup()}
}

// Rows is how many rows were written.
func (g *grouped) Rows() int64 { return g.rows }

// commit ends the row group.
func (g *grouped) commit() error {
	n, err := g.group.Commit()
	if err == nil && n != int64(g.inGroup) {
		err = fmt.Errorf("%d rows arrived of %d", n, g.inGroup)
	}
	if err != nil {
		return fmt.Errorf("write row group that ends with row %d: %w", g.rows, err)
	}
	g.inGroup, g.bytes = 0, 0
	return nil
}

// close ends the file; endGroup ends a row group that has been begun.
func (g *grouped) close(endGroup func() error) error {
	if g.err != nil {
		return g.err
	}
	g.err = errClosed
	if g.inGroup > 0 {
		if err := endGroup(); err != nil {
			return err
		}
	}
	if err := g.file.Close(); err != nil {
		return fmt.Errorf("end table: %w", err)
	}
	return nil
}
