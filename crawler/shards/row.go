package shards

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"pairmill/schemas"
)

// Row is what a shard says of one candidate.
type Row struct {
	Key     string // of its sample in the tar
	URL     string // as it stands there; or webdataset:<tar>/<key>
	Caption string // as it stands there
	Listed  string // values for the columns that Read was given, as in schemas.Candidate

	Listing         bool   // it stands in the shard's table
	Status, Message string // img2dataset's words; Status is empty where there are none
	Reason, Detail  string // pairmill's own words, where pairmill has made the table

	Width, Height, OriginalWidth, OriginalHeight int32 // 0 = not said

	EXIF   string // JSON object of tags
	SHA256 string // of the bytes as they were fetched, 64 hexadecimal digits; empty = not said
	Digest string // md5 or sha512 of those bytes

	Found   bool   // its sample is in the tar
	Problem string // why it has no picture although it should; empty = it has one, or should have none
	Cut     bool   // because the tar ends before it
}

// Kept tells whether the shard says that the row's picture came.
func (r *Row) Kept() bool { return r.Status == "" || r.Status == schemas.StatusSuccess }

// known are the columns that a Row has fields for.
var known = []string{
	"key", "url", "caption", "status", "error_message", "reason", "detail", "width", "height", "original_width", "original_height",
	"exif", "sha256", "md5", "sha512",
}

var sha256RE = regexp.MustCompile(`^[0-9a-f]{64}$`)

// rowOf makes a row of what a table's row, or a sample's .json, says by name.
func rowOf(values map[string]any, columns []schemas.Column) (*Row, error) {
	r := &Row{
		Key: text(values["key"]), URL: text(values["url"]), Caption: text(values["caption"]), Status: text(values["status"]),
		Message: text(values["error_message"]), Reason: text(values["reason"]), Detail: text(values["detail"]),
		Width: side(values["width"]), Height: side(values["height"]),
		OriginalWidth: side(values["original_width"]), OriginalHeight: side(values["original_height"]),
		EXIF: text(values["exif"]), SHA256: strings.ToLower(text(values["sha256"])),
	}
	if _, ok := values["caption"]; !ok {
		r.Caption = text(values["text"])
	}
	if !sha256RE.MatchString(r.SHA256) {
		r.SHA256 = ""
	}
	for _, name := range []string{"md5", "sha512"} {
		if d := text(values[name]); d != "" {
			r.Digest = d
		}
	}
	if len(columns) == 0 {
		return r, nil
	}
	listed := make([]any, len(columns))
	for i, c := range columns {
		listed[i] = fit(values[c.Name], c.Type)
	}
	var err error
	r.Listed, err = schemas.EncodeListed(listed)
	return r, err
}

// text is a value as text; empty for null.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case json.Number:
		return v.String()
	case int32, int64, float32, float64, bool:
		return fmt.Sprint(v)
	}
	return ""
}

// side is a width or a height; 0 for what is none.
func side(v any) int32 {
	n, ok := whole(v)
	if !ok || n < 0 || n > math.MaxInt32 {
		return 0
	}
	return int32(n)
}

func whole(v any) (int64, bool) {
	switch v := v.(type) {
	case int32:
		return int64(v), true
	case int64:
		return v, true
	case float64:
		return int64(v), v == math.Trunc(v) && math.Abs(v) < 1<<53
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n, true
		}
		f, err := v.Float64()
		n, ok := whole(f)
		return n, ok && err == nil
	}
	return 0, false
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case float32:
		return float64(v), true
	case float64:
		return v, true
	case json.Number:
		f, err := v.Float64()
		return f, err == nil
	}
	n, ok := whole(v)
	return float64(n), ok
}

// fit makes a value one of its column's type; nil for what does not fit.
func fit(v any, typ string) any {
	switch typ {
	case schemas.ColumnString:
		switch v.(type) {
		case nil:
			return nil
		case map[string]any, []any:
			b, err := json.Marshal(v)
			if err != nil {
				return nil
			}
			return string(b)
		}
		return text(v)
	case schemas.ColumnInt32, schemas.ColumnInt64:
		n, ok := whole(v)
		switch {
		case !ok, typ == schemas.ColumnInt32 && int64(int32(n)) != n:
			return nil
		case typ == schemas.ColumnInt32:
			return int32(n)
		}
		return n
	case schemas.ColumnFloat, schemas.ColumnDouble:
		f, ok := number(v)
		switch {
		case !ok:
			return nil
		case typ == schemas.ColumnFloat:
			return float32(f)
		}
		return f
	}
	if columnType(v) != typ {
		return nil
	}
	return v
}

// columnType is the type of a column that a value can stand in; empty for values that none has.
func columnType(v any) string {
	switch v := v.(type) {
	case string, map[string]any, []any:
		return schemas.ColumnString
	case bool:
		return schemas.ColumnBool
	case json.Number:
		if _, ok := whole(v); ok {
			return schemas.ColumnInt64
		}
		return schemas.ColumnDouble
	case []string:
		return schemas.ColumnStrings
	case []int64:
		return schemas.ColumnInts
	case []float64:
		return schemas.ColumnDoubles
	case [][]float64:
		return schemas.ColumnBoxes
	}
	return ""
}

// object reads a sample's .json; nil for what is no object.
func object(data []byte) map[string]any {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var out map[string]any
	if d.Decode(&out) != nil {
		return nil
	}
	return out
}

// carried drops the columns that a Row has fields for.
func carried(columns []schemas.Column) []schemas.Column {
	caption := slices.ContainsFunc(columns, func(c schemas.Column) bool { return c.Name == "caption" })
	return slices.DeleteFunc(slices.Clone(columns), func(c schemas.Column) bool {
		return c.Type == "" || c.Type == schemas.ColumnBinary || slices.Contains(known, c.Name) || c.Name == "text" && !caption
	})
}
