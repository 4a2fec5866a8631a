package sink

import (
	"slices"

	"pairmill/schemas"
)

// sidecar says what the table beside a delivered shard has: img2dataset's columns in its order, the pictures where asked
// for, and at the end our reason and detail, unless the list has columns of these names.
type sidecar struct {
	ShardStyle
	pictures bool
}

// own are the columns that img2dataset does not have.
var own = []string{"reason", "detail"}

func (s sidecar) columns() []schemas.Column {
	out := slices.Clone(s.Columns)
	for _, name := range []string{"key", "status", "error_message"} {
		out = append(out, schemas.Column{Name: name, Type: schemas.ColumnString})
	}
	for _, name := range []string{"width", "height", "original_width", "original_height"} {
		out = append(out, schemas.Column{Name: name, Type: schemas.ColumnInt32})
	}
	if s.EXIF {
		out = append(out, schemas.Column{Name: "exif", Type: schemas.ColumnString})
	}
	if s.Hash != "" && !s.verifies() {
		out = append(out, schemas.Column{Name: s.Hash, Type: schemas.ColumnString})
	}
	if s.pictures {
		out = append(out, schemas.Column{Name: s.Ext, Type: schemas.ColumnBinary})
	}
	for _, name := range own {
		if !s.lists(name) {
			out = append(out, schemas.Column{Name: name, Type: schemas.ColumnString})
		}
	}
	return out
}

func (s sidecar) lists(name string) bool {
	return slices.ContainsFunc(s.Columns, func(c schemas.Column) bool { return c.Name == name })
}

// values is a row of the table; image is nil where there is no picture.
func (s sidecar) values(row *schemas.Row, image []byte) ([]any, error) {
	listed, err := s.listed(row)
	if err != nil {
		return nil, err
	}
	out := slices.Clone(listed)
	for i, c := range s.Columns {
		if c.Name == s.Hash { // what the bytes hashed to, not what the list said
			out[i] = s.digest(row)
		}
	}
	for _, e := range s.measured(row) {
		out = append(out, e.value)
	}
	if s.Hash != "" && !s.verifies() {
		out = append(out, s.digest(row))
	}
	if s.pictures {
		if image == nil {
			out = append(out, nil)
		} else {
			out = append(out, image)
		}
	}
	for i, text := range []string{row.Reason, row.Detail} {
		if !s.lists(own[i]) {
			out = append(out, orNull(text))
		}
	}
	return out, nil
}
