package pool

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/npy"
	"pairmill/store/table"
)

// Pool is the files of a pool and what is in all of them.
type Pool struct {
	Version  int              `json:"v"`
	Files    []File           `json:"files"`              // sorted by key
	Columns  []schemas.Column `json:"columns,omitempty"`  // of numbers
	Features []Feature        `json:"features,omitempty"` // sorted by name
}

// File is a table and what stands beside it.
type File struct {
	Table  string `json:"table"` // its key
	Size   int64  `json:"size"`  // in bytes
	Rows   int64  `json:"rows"`
	Arrays string `json:"arrays,omitempty"` // key of the .npz of the same name; empty = there is none
	Bytes  int64  `json:"bytes,omitempty"`  // of the .npz
}

// Feature is a pair of arrays: the vectors of pictures and of texts.
type Feature struct {
	Name string `json:"name"`
	Dim  int    `json:"dim"`
	Type string `json:"type"` // of the values: npy.Float16 or npy.Float32
}

// Image is the name of the array of pictures' vectors.
func (f Feature) Image() string { return f.Name + imageEnd }

// Text is the name of the array of texts' vectors.
func (f Feature) Text() string { return f.Name + textEnd }

const (
	version  = 1
	imageEnd = "_img"
	textEnd  = "_txt"
	tableEnd = ".parquet"
	arrayEnd = ".npz"
)

// UID is the column that joins a pool with everything else.
const UID = "uid"

// surveyors is how many files Survey has open at once: over a network each costs some round trips and little else.
const surveyors = 8

// Survey finds the tables that patterns name (keys, or patterns as path.Match has them) and looks at the ends of them and at
// the arrays beside them. Tables beside a tar are shards' and no part of a pool. What cannot be joined is an error that names the file: no
// uids, an .npz that is cut, arrays that do not have the rows of their table, features that differ from file to file.
func Survey(ctx context.Context, s store.Store, patterns []string) (*Pool, error) {
	p := &Pool{Version: version}
	for _, pattern := range patterns {
		if err := p.find(ctx, s, pattern); err != nil {
			return nil, fmt.Errorf("find tables %s: %w", pattern, err)
		}
	}
	slices.SortFunc(p.Files, func(a, b File) int { return strings.Compare(a.Table, b.Table) })
	p.Files = slices.Compact(p.Files)
	seen := make([]looked, len(p.Files))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(surveyors)
	for i := range p.Files {
		g.Go(func() (err error) {
			seen[i], err = look(gctx, s, &p.Files[i])
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return p, p.merge(seen)
}

// find adds the tables of one pattern.
func (p *Pool) find(ctx context.Context, s store.Store, pattern string) error {
	prefix := pattern
	if i := strings.IndexAny(pattern, `*?[\`); i >= 0 {
		prefix = pattern[:i]
	}
	var found []File
	beside := map[string]int64{}
	for info, err := range s.List(ctx, strings.TrimSuffix(prefix, tableEnd)) {
		if err != nil {
			return err
		}
		switch ok, err := path.Match(pattern, info.Key); {
		case err != nil:
			return err
		case ok || info.Key == pattern:
			found = append(found, File{Table: info.Key, Size: info.Size})
		default:
			if ext := path.Ext(info.Key); ext == arrayEnd || ext == ".tar" {
				beside[info.Key] = info.Size
			}
		}
	}
	before := len(p.Files)
	for _, f := range found {
		stem := strings.TrimSuffix(f.Table, path.Ext(f.Table))
		if _, shard := beside[stem+".tar"]; shard {
			continue
		}
		if size, ok := beside[stem+arrayEnd]; ok {
			f.Arrays, f.Bytes = stem+arrayEnd, size
		}
		p.Files = append(p.Files, f)
	}
	if len(p.Files) == before {
		return fmt.Errorf("nothing is there: %w", store.ErrNotExist)
	}
	return nil
}

// looked is what one file has.
type looked struct {
	columns  []schemas.Column
	features []Feature
}

func look(ctx context.Context, s store.Store, f *File) (l looked, err error) {
	t, err := table.OpenStored(ctx, s, f.Table)
	if err != nil {
		return l, err
	}
	defer t.Close()
	uid, err := t.Column(UID)
	switch {
	case err != nil:
		return l, fmt.Errorf("%w: without uids a pool cannot be joined with shards", err)
	case uid.Type != schemas.ColumnString && uid.Type != schemas.ColumnBinary:
		return l, fmt.Errorf("table %s: column %s is %s, want string", f.Table, UID, uid.Type)
	}
	f.Rows = t.Rows()
	for _, c := range t.Columns() {
		if number(c.Type) && !slices.Contains(own, c.Name) {
			l.columns = append(l.columns, c)
		}
	}
	if f.Arrays != "" {
		l.features, err = f.features(ctx, s)
	}
	return l, err
}

func number(typ string) bool {
	switch typ {
	case schemas.ColumnInt32, schemas.ColumnInt64, schemas.ColumnFloat, schemas.ColumnDouble:
		return true
	}
	return false
}

// features looks at the arrays beside a table.
func (f *File) features(ctx context.Context, s store.Store) (out []Feature, err error) {
	o, err := s.Open(ctx, f.Arrays)
	if err != nil {
		return nil, err
	}
	defer o.Close()
	a, err := npy.OpenArchive(o, o.Info().Size, f.Arrays)
	if err != nil {
		return nil, err
	}
	for _, array := range a.Names() {
		name, ok := strings.CutSuffix(array, imageEnd)
		if !ok || !a.Has(name+textEnd) {
			continue
		}
		x, err := f.feature(a, Feature{Name: name})
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s has no pair of arrays NAME%s and NAME%s: it has %s", f.Arrays, imageEnd, textEnd, strings.Join(a.Names(), ", "))
	}
	return out, nil
}

// feature looks at a pair of arrays.
func (f *File) feature(a *npy.Archive, x Feature) (Feature, error) {
	for _, name := range []string{x.Image(), x.Text()} {
		array, err := a.Array(name)
		if err != nil {
			return x, err
		}
		switch {
		case array.Rows != f.Rows:
			return x, fmt.Errorf("%s, array %s: %d rows, but %s has %d: they are joined row by row", f.Arrays, name, array.Rows, f.Table, f.Rows)
		case x.Dim > 0 && (array.Dim != x.Dim || array.Type != x.Type):
			return x, fmt.Errorf("%s, array %s: rows of %d %s values, but those of %s have %d %s values", f.Arrays, name, array.Dim, array.Type,
				x.Image(), x.Dim, x.Type)
		}
		x.Dim, x.Type = array.Dim, array.Type
	}
	return x, nil
}

// merge keeps what all files have. A column that one file lacks is left out; features that differ are a mistake.
func (p *Pool) merge(seen []looked) error {
	p.Columns = slices.Clone(seen[0].columns)
	first := -1
	for i, l := range seen {
		p.Columns = slices.DeleteFunc(p.Columns, func(c schemas.Column) bool { return !slices.Contains(l.columns, c) })
		switch {
		case p.Files[i].Arrays == "":
		case first < 0:
			first, p.Features = i, l.features
		case !slices.Equal(p.Features, l.features):
			return fmt.Errorf("%s has %s, but %s has %s", p.Files[i].Arrays, featuresText(l.features), p.Files[first].Arrays, featuresText(p.Features))
		}
	}
	return nil
}

func featuresText(all []Feature) string {
	out := make([]string, len(all))
	for i, f := range all {
		out[i] = fmt.Sprintf("%s (%d %s values)", f.Name, f.Dim, f.Type)
	}
	return strings.Join(out, ", ")
}

// Rows counts the rows of all tables.
func (p *Pool) Rows() (n int64) {
	for _, f := range p.Files {
		n += f.Rows
	}
	return n
}

// open opens the table of a file, which must be the one that was surveyed.
func (f *File) open(ctx context.Context, s store.Store) (*table.Stored, error) {
	t, err := table.OpenStored(ctx, s, f.Table)
	if err == nil && (t.Size() != f.Size || t.Rows() != f.Rows) {
		err = errors.Join(fmt.Errorf("table %s has %d rows in %d bytes now, but had %d in %d when the run was planned: plan a new run for the changed pool",
			f.Table, t.Rows(), t.Size(), f.Rows, f.Size), t.Close())
	}
	return t, err
}
