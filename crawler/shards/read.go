package shards

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"path"
	"slices"
	"strings"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/webdataset"
)

// Picture is a sample's picture and its place.
type Picture struct {
	Data   []byte // the receiver's own
	Offset int64  // where Data begins, in bytes from the start of the tar
}

// Result is what a whole shard came to.
type Result struct {
	Rows   []*Row       // in the order of the table; then samples that it does not have, in the order of the tar
	SHA256 schemas.Hash // of the tar
	Cut    string       // where the tar ends before its end, and how; empty = it is whole
	Unread string       // why its table was left aside; empty = it was read, or there is none
}

// Read reads a shard from its beginning to its end. It calls each for every row that the shard says it kept and whose
// picture is there, in the order of the tar; what each keeps of the row it may use until Read returns and after.
//
// A tar that was cut is no error: see Result. A table that cannot be read is one, but for that of an unfinished shard,
// which img2dataset writes the end of last: then the samples speak for themselves. Errors name the file and the place.
func Read(ctx context.Context, s store.Store, sh Shard, columns []schemas.Column, each func(*Row, Picture) error) (Result, error) {
	r := reading{shard: sh, columns: columns, each: each, byKey: map[string]*Row{}, seen: map[string]int{}}
	if err := r.table(ctx, s); err != nil {
		return Result{}, err
	}
	if err := r.tar(ctx, s); err != nil {
		return Result{}, fmt.Errorf("read %s: %w", sh.Tar, err)
	}
	r.settle()
	return r.Result, nil
}

// reading is one shard in work.
type reading struct {
	Result
	shard   Shard
	columns []schemas.Column
	each    func(*Row, Picture) error
	byKey   map[string]*Row // rows of the table
	seen    map[string]int  // keys of samples without a URL
}

func (r *reading) table(ctx context.Context, s store.Store) error {
	if r.shard.Table == "" {
		return nil
	}
	ended, err := endsAsTable(ctx, s, r.shard.Table)
	switch {
	case err != nil:
		return err
	case !ended && r.shard.Finished:
		return fmt.Errorf("table %s was cut, although %s says that its shard was ended in order", r.shard.Table,
			strings.TrimSuffix(r.shard.Table, tableExt)+statsExt)
	case !ended:
		r.Unread = r.shard.Table + " has no end: it was being written"
		return nil
	}
	rows, err := readTable(ctx, s, r.shard.Table, r.columns)
	if errors.Is(err, errNoKeys) {
		r.Unread = err.Error()
		return nil
	}
	for _, row := range rows {
		if row.URL == "" {
			row.URL = r.synthetic(row.Key)
		}
		if _, twice := r.byKey[row.Key]; !twice {
			r.byKey[row.Key] = row
		}
	}
	r.Rows = rows
	return err
}

// endsAsTable tells whether a file ends as Parquet does.
func endsAsTable(ctx context.Context, s store.Store, key string) (bool, error) {
	o, err := s.Open(ctx, key)
	if err != nil {
		return false, err
	}
	defer o.Close()
	const magic = "PAR1"
	if o.Info().Size < 3*int64(len(magic)) {
		return false, nil
	}
	var tail [len(magic)]byte
	if _, err := o.ReadAt(tail[:], o.Info().Size-int64(len(magic))); err != nil && err != io.EOF {
		return false, fmt.Errorf("read %s: %w", key, err)
	}
	return string(tail[:]) == magic, nil
}

// hashed is a tar on its way through: every byte is hashed, and an error of the medium is told from one of the content.
type hashed struct {
	r    io.Reader
	sum  hash.Hash
	size int64
	err  error // of the medium
}

// Read implements io.Reader.
func (h *hashed) Read(p []byte) (int, error) {
	n, err := h.r.Read(p)
	h.sum.Write(p[:n])
	h.size += int64(n)
	if err != nil && err != io.EOF {
		h.err = err
	}
	return n, err
}

func (r *reading) tar(ctx context.Context, s store.Store) error {
	o, err := s.Open(ctx, r.shard.Tar)
	if err != nil {
		return err
	}
	defer o.Close()
	in := &hashed{r: o, sum: sha256.New()}
	for sample, err := range webdataset.Read(in, r.shard.Tar) {
		switch {
		case err != nil && (in.err != nil || errors.Is(err, webdataset.ErrLimit)):
			return errors.Join(in.err, err)
		case err != nil:
			r.Cut = err.Error()
			continue // it was the last
		case ctx.Err() != nil:
			return ctx.Err()
		}
		if err := r.sample(sample); err != nil {
			return err
		}
	}
	if _, err := io.Copy(io.Discard, in); err != nil {
		return err
	}
	if in.size != r.shard.Size || in.size != o.Info().Size {
		return fmt.Errorf("%d bytes, listed with %d: %w", in.size, r.shard.Size, store.ErrMismatch)
	}
	r.SHA256 = schemas.Hash(in.sum.Sum(nil))
	return nil
}

// sample finds a sample's row, or makes one.
func (r *reading) sample(s webdataset.Sample) error {
	row := r.byKey[s.Key]
	if row == nil {
		row = r.byKey[path.Base(s.Key)]
	}
	if row == nil || row.Found {
		var err error
		if row, err = r.fromMembers(s); err != nil {
			return fmt.Errorf("sample %q: %w", s.Key, err)
		}
		r.Rows = append(r.Rows, row)
	}
	row.Found = true
	m, ok := picture(s.Members)
	switch {
	case !ok:
		row.Problem = "no picture among its members: " + extensions(s.Members)
		return nil
	case !row.Kept():
		return nil
	}
	return r.each(row, Picture{m.Data, m.Offset})
}

// fromMembers makes a row of a sample that no table speaks of.
func (r *reading) fromMembers(s webdataset.Sample) (*Row, error) {
	var meta map[string]any
	var caption *string
	for _, m := range s.Members {
		switch m.Ext {
		case "json":
			meta = object(m.Data)
		case "txt":
			t := string(m.Data)
			caption = &t
		}
	}
	row, err := rowOf(meta, r.columns)
	if err != nil {
		return nil, err
	}
	row.Key, row.Status, row.Message, row.Reason, row.Detail = s.Key, "", "", "", "" // it is there
	if caption != nil {
		row.Caption = *caption
	}
	if row.URL == "" {
		row.URL = r.synthetic(s.Key)
	}
	return row, nil
}

// synthetic is the URL of a sample that has none: the n-th of its key, from the second on, says so.
func (r *reading) synthetic(key string) string {
	url := Scheme + r.shard.Tar + "/" + key
	r.seen[key]++
	if n := r.seen[key]; n > 1 {
		url = fmt.Sprintf("%s#%d", url, n)
	}
	return url
}

// Scheme begins the URLs of samples that came without one.
const Scheme = "webdataset:"

// settle says of each row without a picture why it has none.
func (r *reading) settle() {
	for _, row := range r.Rows {
		switch {
		case row.Found || !row.Kept():
		case r.Cut != "":
			row.Problem, row.Cut = r.Cut, true
		default:
			row.Problem = "no sample with its key in " + r.shard.Tar
		}
	}
	if r.Cut != "" && len(r.byKey) == 0 {
		r.Rows = append(r.Rows, &Row{URL: Scheme + r.shard.Tar, Problem: "samples nobody counted: " + r.Cut, Cut: true})
	}
}

// picture returns the member that is a sample's picture: the first whose extension is that of one, else ends in one.
func picture(members []webdataset.MemberAt) (webdataset.MemberAt, bool) {
	i := slices.IndexFunc(members, func(m webdataset.MemberAt) bool { return pictureExt(m.Ext) })
	if i < 0 {
		i = slices.IndexFunc(members, func(m webdataset.MemberAt) bool { return pictureExt(strings.TrimPrefix(path.Ext(m.Ext), ".")) })
	}
	if i < 0 {
		return webdataset.MemberAt{}, false
	}
	return members[i], true
}

func pictureExt(ext string) bool {
	switch ext {
	case "jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff", "avif":
		return true
	}
	return false
}

func extensions(members []webdataset.MemberAt) string {
	var out []string
	for _, m := range members {
		out = append(out, m.Ext)
	}
	return strings.Join(out, " ")
}
