package schemas

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ColumnTypes lists what a Column can be.
func ColumnTypes() []string {
	return []string{ColumnString, ColumnInt32, ColumnInt64, ColumnFloat, ColumnDouble, ColumnBool, ColumnBinary,
		ColumnStrings, ColumnInts, ColumnDoubles, ColumnBoxes}
}

// EncodeListed writes a row's values as Candidate.Listed: one JSON array. A value is nil or what its column's type is in
// Go: string, int32, int64, float32, float64, bool, []byte, []string, []int64, []float64 or [][]float64; anything else is
// an error. A nil slice is an empty one. Numbers are exact: DecodeListed gives back every bit, except that a NaN is just a
// NaN. Each run of bytes in a string that is not UTF-8 becomes one U+FFFD.
func EncodeListed(values []any) (string, error) {
	b := make([]byte, 0, 512) // a URL, a caption and some more; only the string of it stays
	b = append(b, '[')
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		var ok bool
		if b, ok = appendListed(b, v); !ok {
			return "", fmt.Errorf("value %d of a row: %T is no column type", i, v)
		}
	}
	return string(append(b, ']')), nil
}

func appendListed(b []byte, v any) ([]byte, bool) {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), true
	case string:
		return appendText(b, v), true
	case []byte:
		b = base64.StdEncoding.AppendEncode(append(b, '"'), v)
		return append(b, '"'), true
	case bool:
		return strconv.AppendBool(b, v), true
	case int32:
		return strconv.AppendInt(b, int64(v), 10), true
	case int64:
		return strconv.AppendInt(b, v, 10), true
	case float32:
		return appendFloat(b, float64(v), 32), true
	case float64:
		return appendFloat(b, v, 64), true
	case []string:
		return appendArray(b, v, appendText), true
	case []int64:
		return appendArray(b, v, func(b []byte, n int64) []byte { return strconv.AppendInt(b, n, 10) }), true
	case []float64:
		return appendDoubles(b, v), true
	case [][]float64:
		return appendArray(b, v, appendDoubles), true
	}
	return b, false
}

func appendArray[E any](b []byte, list []E, element func([]byte, E) []byte) []byte {
	b = append(b, '[')
	for i, e := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = element(b, e)
	}
	return append(b, ']')
}

func appendDoubles(b []byte, list []float64) []byte {
	return appendArray(b, list, func(b []byte, f float64) []byte { return appendFloat(b, f, 64) })
}

func appendFloat(b []byte, f float64, bits int) []byte {
	switch {
	case math.IsNaN(f):
		return append(b, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(b, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(b, `"-Infinity"`...)
	}
	return strconv.AppendFloat(b, f, 'g', -1, bits)
}

func appendText(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	b = append(b, '"')
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[from:i]...)
		if from = i + 1; c < ' ' {
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		} else {
			b = append(b, '\\', c)
		}
	}
	return append(append(b, s[from:]...), '"')
}

// DecodeListed reads what EncodeListed wrote for these columns. Values come as the Go types listed there. A value that its
// column's type does not admit, and more or fewer values than columns, are errors.
func DecodeListed(columns []Column, s string) ([]any, error) {
	var raw []json.RawMessage
	if err := json.Unmarshal([]byte(s), &raw); err != nil {
		return nil, fmt.Errorf("listed values: %w", err)
	}
	if len(raw) != len(columns) {
		return nil, fmt.Errorf("listed values: %d for %d columns", len(raw), len(columns))
	}
	row := make([]any, len(raw))
	for i, c := range columns {
		if string(raw[i]) == "null" {
			continue
		}
		var err error
		if row[i], err = decodeListed(c.Type, raw[i]); err != nil {
			return nil, fmt.Errorf("listed values: column %s: %s %q: %w", c.Name, c.Type, shown(raw[i]), err)
		}
	}
	return row, nil
}

func decodeListed(t string, raw json.RawMessage) (any, error) {
	switch t {
	case ColumnString:
		return textOf(raw)
	case ColumnBinary:
		s, err := textOf(raw)
		if err != nil {
			return nil, err
		}
		return base64.StdEncoding.Strict().DecodeString(s)
	case ColumnBool:
		return strconv.ParseBool(string(raw))
	case ColumnInt32:
		n, err := strconv.ParseInt(string(raw), 10, 32)
		return int32(n), err
	case ColumnInt64:
		return intOf(raw)
	case ColumnFloat:
		f, err := floatOf(raw, 32)
		return float32(f), err
	case ColumnDouble:
		return doubleOf(raw)
	case ColumnStrings:
		return arrayOf(raw, textOf)
	case ColumnInts:
		return arrayOf(raw, intOf)
	case ColumnDoubles:
		return doublesOf(raw)
	case ColumnBoxes:
		return arrayOf(raw, doublesOf)
	}
	return nil, fmt.Errorf("unknown type")
}

func textOf(raw json.RawMessage) (s string, err error) {
	if len(raw) == 0 || raw[0] != '"' { // null would leave s as it is
		return "", fmt.Errorf("no string")
	}
	return s, json.Unmarshal(raw, &s)
}

func intOf(raw json.RawMessage) (int64, error) { return strconv.ParseInt(string(raw), 10, 64) }

func doubleOf(raw json.RawMessage) (float64, error) { return floatOf(raw, 64) }

func doublesOf(raw json.RawMessage) ([]float64, error) { return arrayOf(raw, doubleOf) }

func floatOf(raw json.RawMessage, bits int) (float64, error) {
	switch string(raw) {
	case `"NaN"`:
		return math.NaN(), nil
	case `"Infinity"`:
		return math.Inf(1), nil
	case `"-Infinity"`:
		return math.Inf(-1), nil
	}
	return strconv.ParseFloat(string(raw), bits)
}

func arrayOf[E any](raw json.RawMessage, element func(json.RawMessage) (E, error)) ([]E, error) {
	var parts []json.RawMessage
	if err := json.Unmarshal(raw, &parts); err != nil {
		return nil, err
	}
	if parts == nil {
		return nil, fmt.Errorf("no array")
	}
	out := make([]E, len(parts))
	for i, p := range parts {
		var err error
		if out[i], err = element(p); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// shown is the beginning of what an error quotes.
func shown(raw []byte) string {
	const most = 60
	if len(raw) <= most {
		return string(raw)
	}
	return strings.ToValidUTF8(string(raw[:most]), "") + "…"
}
