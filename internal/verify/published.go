package verify

import (
	"context"
	"slices"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/table"
	"pairmill/store/webdataset"
)

// publishedShard is the objects of one published shard, by whatever names they stand.
type publishedShard struct {
	name                    string // "00000"
	tar, table, data, stats schemas.Object
	dim                     int // of vectors; -1 = what the first row has
	encoder                 string
}

// member is what a published sample's .json holds: img2dataset's keys, then ours.
type member struct {
	schemas.ShardRow
	Captions []schemas.Caption `json:"captions"`
	PageURL  string            `json:"page_url"`
	License  string            `json:"license"`
	PHash    string            `json:"phash"`
}

// stats is what stands beside a published shard.
type stats struct {
	Count            int64            `json:"count"`
	Successes        int64            `json:"successes"`
	FailedToDownload int64            `json:"failed_to_download"`
	FailedToResize   int64            `json:"failed_to_resize"`
	StatusDict       map[string]int64 `json:"status_dict"`
}

// shard checks a published shard row by row: data, table and tar side by side. seen is given each row of the data. It
// returns the number of rows.
func (c *checker) shard(ctx context.Context, p publishedShard, seen func(at, schemas.DatasetRow) error) (n int64, err error) {
	omit, err := c.omitted(ctx, p.data.Key)
	if err != nil {
		return 0, err
	}
	data := newWalker(p.data, table.Read[schemas.DatasetRow](ctx, c.store, p.data.Key, omit...))
	defer data.stop()
	rows := newWalker(p.table, table.Read[schemas.ShardRow](ctx, c.store, p.table.Key))
	defer rows.stop()
	tar := newWalker(p.tar, samples(ctx, c.store, p.tar.Key))
	defer tar.stop()
	tar.broken = func(n int64, err error) {
		c.unreadableTar(ctx, p.tar.Key, n, sampleMembers, err, func(i int64) string { return keyOfRow(ctx, c, p.table.Key, i) })
	}
	x := shardRows{c: c, shard: p, embedded: !slices.Contains(omit, "image"), data: data, table: rows, tar: tar}
	for ; c.err == nil; x.i++ {
		data.step(ctx, c)
		rows.step(ctx, c)
		tar.step(ctx, c)
		if !data.ok && !rows.ok && !tar.ok {
			break
		}
		x.compare()
		if data.ok {
			if err := seen(at{p.data.Key, x.i, data.row.Key}, data.row); err != nil {
				return 0, err
			}
		}
	}
	return x.end(ctx), c.err
}

// keyOfRow looks a sample's key up.
func keyOfRow(ctx context.Context, c *checker, key string, i int64) string {
	t, err := table.Open[schemas.ShardRow](ctx, c.store, key)
	if err != nil {
		return ""
	}
	defer t.Close()
	for row, err := range t.Range(ctx, i, min(i+1, t.Rows())) {
		if err == nil {
			return row.Key
		}
	}
	return ""
}

// omitted lists the columns that a data file does not have, by its owner's choice.
func (c *checker) omitted(ctx context.Context, key string) ([]string, error) {
	t, err := table.Open[struct {
		UID string `parquet:"uid"`
	}](ctx, c.store, key)
	if err != nil {
		return nil, nil // reading it will say why
	}
	defer t.Close()
	var omit []string
	for _, name := range []string{"similarity", "image_embedding", "text_embedding", "encoder", "image"} {
		if !slices.Contains(t.Columns(), name) {
			omit = append(omit, name)
		}
	}
	return omit, nil
}

// shardRows compares the rows at which three walkers stand.
type shardRows struct {
	c        *checker
	shard    publishedShard
	embedded bool // data has the column image
	data     *walker[schemas.DatasetRow]
	table    *walker[schemas.ShardRow]
	tar      *walker[webdataset.Sample]
	keys     keyOrder
	ext      string // of the pictures, as the first sample has it; empty while there was none
	i        int64
}

func (x *shardRows) compare() {
	c, i := x.c, x.i
	d, t, s := at{x.shard.data.Key, i, x.data.row.Key}, at{x.shard.table.Key, i, x.table.row.Key}, at{x.shard.tar.Key, i, x.tar.row.Key}
	if x.ext == "" && x.tar.ok {
		x.ext = pictureExt(x.tar.row)
	}
	if x.data.ok {
		x.own(d, &x.data.row)
	}
	if x.data.ok && x.table.ok {
		x.tables(d, t)
	}
	if !x.tar.ok {
		return
	}
	if s.key == "" {
		s.key = d.key
	}
	switch {
	case x.data.ok:
		agree(c, d, s, Key, "key", x.data.row.Key, x.tar.row.Key)
	case x.table.ok:
		agree(c, t, s, Key, "key", x.table.row.Key, x.tar.row.Key)
	}
	if f, ok := c.files(s, x.tar.row, style{ext: x.ext, caption: true}.members(x.tar.row)); ok {
		x.sample(d, t, s, f)
	}
}

// own checks what a row of data says by itself.
func (x *shardRows) own(p at, d *schemas.DatasetRow) {
	c := x.c
	equal(c, p, UID, "uid", schemas.NewID(d.URL, d.Caption).String(), d.UID)
	x.keys.check(c, p, x.shard.name, d.Key)
	equal(c, p, Field, "status", schemas.StatusSuccess, d.Status)
	if len(d.Captions) == 0 || d.Captions[0].Text != d.Caption {
		c.reportAt(p, Field, "captions", d.Caption+" first", d.Captions)
	}
	if x.shard.dim < 0 {
		x.shard.dim, x.shard.encoder = len(d.ImageEmbedding), d.Encoder
	}
	equal(c, p, Field, "encoder", x.shard.encoder, d.Encoder)
	c.vectors(p, x.shard.dim, d.ImageEmbedding, d.TextEmbedding, d.Similarity, d.Encoder != "")
	if x.embedded {
		if x.ext != "" {
			equal(c, p, Image, "image.path", d.Key+"."+x.ext, d.Image.Path)
		}
		equal(c, p, Image, "image.bytes", d.ImageSHA256, sumOf(d.Image.Bytes))
	}
}

// shardRow is the row of the table that belongs to a row of data.
func shardRow(d *schemas.DatasetRow) schemas.ShardRow {
	return schemas.ShardRow{
		UID: d.UID, Caption: d.Caption, URL: d.URL, Key: d.Key, Status: d.Status, EXIF: "{}", Width: d.Width, Height: d.Height,
		OriginalWidth: d.OriginalWidth, OriginalHeight: d.OriginalHeight, SHA256: d.SHA256,
	}
}

func (x *shardRows) tables(d, t at) {
	want, got := shardRow(&x.data.row), x.table.row
	for _, f := range []struct{ name, want, got string }{
		{"key", want.Key, got.Key}, {"uid", want.UID, got.UID}, {"url", want.URL, got.URL}, {"caption", want.Caption, got.Caption},
		{"status", want.Status, got.Status}, {"error_message", want.ErrorMessage, got.ErrorMessage}, {"exif", want.EXIF, got.EXIF},
		{"sha256", want.SHA256, got.SHA256}, {"width", show(want.Width), show(got.Width)}, {"height", show(want.Height), show(got.Height)},
		{"original_width", show(want.OriginalWidth), show(got.OriginalWidth)},
		{"original_height", show(want.OriginalHeight), show(got.OriginalHeight)},
	} {
		agree(x.c, d, t, Field, f.name, f.want, f.got)
	}
}

// sample holds the tar against the data, or against the table where the data has no row.
func (x *shardRows) sample(d, t, s at, f sampleFiles) {
	c := x.c
	switch {
	case x.data.ok:
		r := &x.data.row
		agree(c, d, s, Image, "image_sha256", r.ImageSHA256, sumOf(f.image.Data))
		c.picture(s, f.image.Data, d, r.Width, r.Height)
		c.json(s, d, f.meta.Data, member{ShardRow: shardRow(r), Captions: r.Captions, PageURL: r.PageURL, License: r.License, PHash: r.PHash})
		agree(c, d, s, Member, ".txt", r.Caption, string(f.text.Data))
	case x.table.ok:
		c.picture(s, f.image.Data, t, x.table.row.Width, x.table.row.Height)
		agree(c, t, s, Member, ".txt", x.table.row.Caption, string(f.text.Data))
	}
}

// end compares the numbers of rows and the statistics.
func (x *shardRows) end(ctx context.Context) int64 {
	c, p := x.c, x.shard
	x.data.end(c)
	x.table.end(c)
	x.tar.end(c)
	sound := func(failed bool, key string) bool { return !failed && !c.broken[key] }
	n := x.data.n
	switch {
	case sound(x.data.failed, p.data.Key):
	case sound(x.tar.failed, p.tar.Key):
		n = x.tar.n
	case sound(x.table.failed, p.table.Key):
		n = x.table.n
	default:
		return x.tar.n // nothing says how many there should be
	}
	c.stats(ctx, p.stats.Key, n)
	return n
}

func (c *checker) stats(ctx context.Context, key string, n int64) {
	want, err := indented(stats{Count: n, Successes: n, StatusDict: map[string]int64{schemas.StatusSuccess: n}}, "    ", "")
	if err != nil {
		c.fail(err)
		return
	}
	c.rewritten(ctx, key, Counts, want)
}

// rewritten holds an object against what it should be.
func (c *checker) rewritten(ctx context.Context, key string, check Check, want []byte) {
	got, err := store.ReadAll(ctx, c.store, key, jsonLimit)
	if err != nil {
		c.unreadable(ctx, whole(key), "", err)
		return
	}
	c.recomputed(key, check, want, got)
}
