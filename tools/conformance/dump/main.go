// Command dump prints what a published dataset version holds, as our own readers see it: the expected side of
// `make conformance`.
//
//	dump VERSION_DIR
//
// Each line is a JSON object with the file ("object") and one of its rows ("row"): of a Parquet file the columns, of a
// tar the key and its members. Bytes are base64.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log"
	"os"
	"path"
	"strings"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/local"
	"pairmill/store/table"
	"pairmill/store/webdataset"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("dump: ")
	if len(os.Args) != 2 {
		log.Fatal("want one argument, the folder of a dataset version")
	}
	if err := dump(context.Background(), os.Stdout, os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

// line is one line of the output.
type line struct {
	Object string `json:"object"`
	Row    any    `json:"row"`
}

func dump(ctx context.Context, out io.Writer, dir string) (err error) {
	if _, err := os.Stat(dir); err != nil {
		return err // the store would make it
	}
	s, err := local.New(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	w := bufio.NewWriter(out)
	lines := json.NewEncoder(w)
	for info, err := range s.List(ctx, "") {
		if err != nil {
			return err
		}
		for row, err := range rows(ctx, s, info.Key) {
			if err != nil {
				return err
			}
			if err := lines.Encode(line{info.Key, row}); err != nil {
				return err
			}
		}
	}
	return w.Flush()
}

// rows yields what stands in an object; nothing for those that are neither tables nor tars.
func rows(ctx context.Context, s store.Store, key string) iter.Seq2[any, error] {
	switch {
	case path.Ext(key) == ".tar":
		return samples(ctx, s, key)
	case path.Ext(key) != ".parquet":
		return func(func(any, error) bool) {}
	case strings.HasPrefix(key, "data/"):
		return columns[schemas.DatasetRow](ctx, s, key)
	}
	return columns[schemas.ShardRow](ctx, s, key)
}

// columns yields the rows of a table with the columns that it has.
func columns[T any](ctx context.Context, s store.Store, key string) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		absent, err := absentColumns[T](ctx, s, key)
		if err != nil {
			yield(nil, err)
			return
		}
		for row, err := range table.Read[T](ctx, s, key, absent...) {
			if !yield(named(row, absent), err) {
				return
			}
		}
	}
}

// samples yields the samples of a tar.
func samples(ctx context.Context, s store.Store, key string) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		o, err := s.Open(ctx, key)
		if err != nil {
			yield(nil, fmt.Errorf("open %s: %w", key, err))
			return
		}
		defer o.Close()
		for sample, err := range webdataset.Read(o, key) {
			row := map[string]any{"key": sample.Key}
			for _, m := range sample.Members {
				row[m.Ext] = m.Data
			}
			if !yield(row, err) {
				return
			}
		}
	}
}
