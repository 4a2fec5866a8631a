package sink

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// object is a JSON object whose fields keep their order.
type object []entry

type entry struct {
	name  string
	value any
}

// pythonJSON writes v as Python's json.dumps(v, indent=4) does: ASCII only, floats in Python's shortest form, NaN and
// Infinity as they are. Bytes, which Python refuses, become base64.
//
// Source: https://docs.python.org/3/library/json.html and what CPython 3.12 prints.
func pythonJSON(v any) []byte { return appendJSON(nil, v, "\n") }

// appendJSON writes one value; line is the line break before its closing bracket.
func appendJSON(b []byte, v any, line string) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case string:
		return appendString(b, v)
	case []byte:
		return appendString(b, base64.StdEncoding.EncodeToString(v))
	case bool:
		return strconv.AppendBool(b, v)
	case int32:
		return strconv.AppendInt(b, int64(v), 10)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case float32:
		return appendFloat(b, float64(v))
	case float64:
		return appendFloat(b, v)
	case object:
		return appendObject(b, v, line)
	case []string:
		return appendList(b, v, line)
	case []int64:
		return appendList(b, v, line)
	case []float64:
		return appendList(b, v, line)
	case [][]float64:
		return appendList(b, v, line)
	}
	return appendString(b, fmt.Sprint(v))
}

const indent = "    "

func appendObject(b []byte, o object, line string) []byte {
	if len(o) == 0 {
		return append(b, "{}"...)
	}
	b = append(b, '{')
	for i, e := range o {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, line+indent...)
		b = append(appendString(b, e.name), ": "...)
		b = appendJSON(b, e.value, line+indent)
	}
	return append(append(b, line...), '}')
}

func appendList[T any](b []byte, list []T, line string) []byte {
	if len(list) == 0 {
		return append(b, "[]"...)
	}
	b = append(b, '[')
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendJSON(append(b, line+indent...), v, line+indent)
	}
	return append(append(b, line...), ']')
}

func appendFloat(b []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(b, "NaN"...)
	case math.IsInf(f, 1):
		return append(b, "Infinity"...)
	case math.IsInf(f, -1):
		return append(b, "-Infinity"...)
	}
	if abs := math.Abs(f); abs != 0 && (abs < 1e-4 || abs >= 1e16) {
		return strconv.AppendFloat(b, f, 'e', -1, 64)
	}
	from := len(b)
	b = strconv.AppendFloat(b, f, 'f', -1, 64)
	if !strings.Contains(string(b[from:]), ".") {
		b = append(b, ".0"...)
	}
	return b
}

// escapes are the characters that Python writes with a letter.
var escapes = map[rune]string{'"': `\"`, '\\': `\\`, '\n': `\n`, '\r': `\r`, '\t': `\t`, '\b': `\b`, '\f': `\f`}

func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range s {
		short, ok := escapes[r]
		switch {
		case ok:
			b = append(b, short...)
		case ' ' <= r && r <= '~':
			b = append(b, byte(r))
		default:
			for _, u := range utf16.AppendRune(nil, r) {
				b = fmt.Appendf(b, `\u%04x`, u)
			}
		}
	}
	return append(b, '"')
}

// pythonText is Python's str of a column's value, for .txt members. Lists stay JSON.
func pythonText(v any) string {
	switch v := v.(type) {
	case string:
		return strings.ToValidUTF8(v, string(utf8.RuneError))
	case bool:
		if v {
			return "True"
		}
		return "False"
	case float32, float64:
		return strings.NewReplacer("NaN", "nan", "Infinity", "inf").Replace(string(pythonJSON(v)))
	}
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}
