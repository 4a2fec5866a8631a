package verify

import (
	"context"
	"slices"
	"strings"

	"pairmill/schemas"
	"pairmill/store/webdataset"
)

// style says what a run's shards look like, as its spec asks for.
type style struct {
	known  bool   // else only what all shards share is checked
	listed bool   // samples have img2dataset's form and the list's keys
	ext    string // of the picture; empty = not known

	untouched bool // bytes as fetched, nothing decoded
	caption   bool // there is a .txt
	exif      bool
	hash      string // column of the digest; empty = none
	algorithm string // of Row.Digest; empty = none

	columns []schemas.Column // of Row.Listed; nil = none
	promise string           // the column that says what the digest must be; empty = none
}

// style returns how a run's shards are written.
func (j *jobs) style(ctx context.Context) style {
	spec := j.set.spec
	if spec == nil {
		return style{}
	}
	s := style{known: true, ext: spec.Image.Format, untouched: spec.Image.Untouched, exif: spec.Image.EXIF, caption: true}
	l, d := spec.Source.List, spec.Deliver
	if l == nil {
		return s
	}
	plan := j.listing(ctx, 0)
	if plan == nil {
		return style{ext: s.ext}
	}
	s.columns = plan.Columns
	if d != nil {
		s.listed, s.caption, s.hash, s.algorithm = true, l.Caption != "", d.Hash, d.Hash
	}
	if l.Hash != nil {
		s.promise, s.algorithm = l.Hash.Algorithm, l.Hash.Algorithm
	}
	return s
}

// pictureFormats are the extensions that a sample's picture can have.
var pictureFormats = []string{"jpg", "png", "webp", "gif", "bmp", "tiff", "avif"}

// members are the extensions of a sample's files, in their order.
func (s style) members(sample webdataset.Sample) []string {
	ext := s.ext
	if ext == "" {
		ext = pictureExt(sample)
	}
	names := []string{ext, "json"}
	if s.caption || !s.known && len(sample.Members) > len(names) {
		names = append(names, "txt")
	}
	slices.Sort(names)
	return names
}

// pictureExt returns the extension of a sample's picture; a sample without one should have a jpg.
func pictureExt(s webdataset.Sample) string {
	for _, m := range s.Members {
		if slices.Contains(pictureFormats, m.Ext) {
			return m.Ext
		}
	}
	return pictureFormats[0]
}

// sampleFiles are a sample's files by what they are for; text is nil where there is none.
type sampleFiles struct{ image, meta, text *webdataset.MemberAt }

// files checks that a sample has the files that it must have, and tells them apart.
func (c *checker) files(p at, s webdataset.Sample, want []string) (f sampleFiles, ok bool) {
	var names []string
	for i := range s.Members {
		m := &s.Members[i]
		names = append(names, m.Ext)
		switch m.Ext {
		case "json":
			f.meta = m
		case "txt":
			f.text = m
		default:
			f.image = m
		}
	}
	equal(c, p, Member, "members", strings.Join(want, " "), strings.Join(names, " "))
	return f, slices.Equal(want, names)
}
