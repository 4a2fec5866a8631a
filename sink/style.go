package sink

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"pairmill/schemas"
	"pairmill/store/webdataset"
)

// ShardStyle says what a shard's samples look like. The zero style is that of a crawl: JPEG, under the candidate's id,
// with the table's row as .json.
type ShardStyle struct {
	// Ext is the extension of the picture, and the name of its column where a table holds pictures: jpg, png or webp.
	// Default jpg.
	Ext string

	// Listed gives samples img2dataset's form: the list's key, and .json members with its fields in its order.
	Listed bool

	// Columns are what the list's rows carry, in img2dataset's order: further columns, caption, the hash to verify, url.
	// Default: caption and url, taken from the row itself.
	Columns []schemas.Column

	// Caption adds a .txt with the caption as the list gave it, empty where it gave none.
	Caption bool

	// Hash is the column of the digest of the bytes as fetched: sha256, md5, sha512. Default: no such column.
	Hash string

	// EXIF adds the column exif.
	EXIF bool
}

// Names of columns that have a meaning here.
const (
	columnCaption = "caption"
	columnURL     = "url"
)

func (s ShardStyle) withDefaults() ShardStyle {
	if s.Ext == "" {
		s.Ext = "jpg"
	}
	if len(s.Columns) == 0 {
		s.Columns = []schemas.Column{{Name: columnCaption, Type: schemas.ColumnString}, {Name: columnURL, Type: schemas.ColumnString}}
	}
	return s
}

// key names a row's sample: a list gives one, also to rows that are dropped, because it may hold the same pair twice.
func (s ShardStyle) key(row *schemas.Row) string {
	if row.Key != "" {
		return row.Key
	}
	return row.ID
}

// sample returns the members of a kept row, sorted by extension as img2dataset's writer sorts them.
func (s ShardStyle) sample(row *schemas.Row, image []byte) ([]webdataset.Member, error) {
	if !s.Listed {
		meta, err := json.Marshal(row)
		return members(s.Ext, image, meta, caption(row)), err
	}
	values, err := s.listed(row)
	if err != nil {
		return nil, err
	}
	out := []webdataset.Member{{Ext: s.Ext, Data: image}, {Ext: "json", Data: pythonJSON(s.meta(row, values))}}
	if s.Caption {
		out = append(out, webdataset.Member{Ext: "txt", Data: []byte(s.text(values))})
	}
	return sorted(out), nil
}

// members are a sample's files in the tar, always the same set: readers infer the columns of a whole dataset from its
// first samples.
func members(ext string, image, meta []byte, text string) []webdataset.Member {
	return sorted([]webdataset.Member{{Ext: ext, Data: image}, {Ext: "json", Data: meta}, {Ext: "txt", Data: []byte(text)}})
}

func sorted(m []webdataset.Member) []webdataset.Member {
	slices.SortFunc(m, func(a, b webdataset.Member) int { return strings.Compare(a.Ext, b.Ext) })
	return m
}

// caption is a row's own text.
func caption(row *schemas.Row) string {
	if len(row.Captions) == 0 {
		return ""
	}
	return row.Captions[0].Text
}

// listed returns a row's values for the style's columns.
func (s ShardStyle) listed(row *schemas.Row) ([]any, error) {
	if row.Listed != "" {
		values, err := schemas.DecodeListed(s.Columns, row.Listed)
		if err != nil {
			return nil, fmt.Errorf("values of the list in row %s: %w", row.ID, err)
		}
		return values, nil
	}
	values := make([]any, len(s.Columns))
	for i, c := range s.Columns {
		switch {
		case c.Name == columnCaption && len(row.Captions) > 0:
			values[i] = caption(row)
		case c.Name == columnURL:
			values[i] = row.URL
		}
	}
	return values, nil
}

// text is the content of .txt.
func (s ShardStyle) text(values []any) string {
	i := slices.IndexFunc(s.Columns, func(c schemas.Column) bool { return c.Name == columnCaption })
	if i < 0 || values[i] == nil {
		return ""
	}
	return pythonText(values[i])
}

// verifies tells whether the list itself has the column of the hash. img2dataset then keeps that column's place in its
// tables, and has it at the end of .json.
func (s ShardStyle) verifies() bool {
	return slices.ContainsFunc(s.Columns, func(c schemas.Column) bool { return c.Name == s.Hash })
}
