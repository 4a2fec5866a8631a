package sink

import "pairmill/schemas"

// meta is the .json of a sample in img2dataset's form: the list's columns, then what was measured.
func (s ShardStyle) meta(row *schemas.Row, values []any) object {
	out := object{}
	for i, c := range s.Columns {
		if c.Name != s.Hash {
			out = append(out, entry{c.Name, values[i]})
		}
	}
	out = append(out, s.measured(row)...)
	if s.Hash != "" {
		out = append(out, entry{s.Hash, s.digest(row)})
	}
	return out
}

// measured are the fields that follow the list's, in .json and in tables alike, up to the hash.
func (s ShardStyle) measured(row *schemas.Row) object {
	status, message := Status(row)
	out := object{
		{"key", s.key(row)}, {"status", status}, {"error_message", orNull(message)},
		{"width", side(row, row.Width)}, {"height", side(row, row.Height)},
		{"original_width", side(row, row.OriginalWidth)}, {"original_height", side(row, row.OriginalHeight)},
	}
	if s.EXIF {
		tags := row.EXIF // JSON in a string, as imaging wrote it
		if !row.Kept() {
			tags = ""
		}
		out = append(out, entry{"exif", orNull(tags)})
	}
	return out
}

// side is null for failures, and for pictures that were not decoded.
func side(row *schemas.Row, n int32) any {
	if !row.Kept() || n == 0 {
		return nil
	}
	return n
}

// digest is null for failures.
func (s ShardStyle) digest(row *schemas.Row) any {
	switch {
	case !row.Kept():
		return nil
	case row.Digest == "" && s.Hash == "sha256":
		return orNull(row.SHA256)
	}
	return orNull(row.Digest)
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
