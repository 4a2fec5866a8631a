package list

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"

	"pairmill/schemas"
)

// objects decodes JSON objects.
type objects struct {
	want []wanted // with types
	raw  [][]byte // of each wanted column
	seen []bool
	keys map[string]bool // every key, while types are inferred; nil otherwise
}

func newObjects(want []wanted) *objects {
	return &objects{want: want, raw: make([][]byte, len(want)), seen: make([]bool, len(want))}
}

// split finds the wanted values of an object. Of a key that stands there twice the last counts.
func (o *objects) split(record []byte) error {
	if !json.Valid(record) {
		return fmt.Errorf("not JSON: %q", clip(string(record)))
	}
	b := bytes.TrimLeft(record, " \t\r\n")
	if b[0] != '{' {
		return fmt.Errorf("not an object: %q", clip(string(record)))
	}
	clear(o.raw)
	for b = space(b[1:]); b[0] != '}'; {
		var key, value []byte
		key, b = valueOf(b)
		value, b = valueOf(space(space(b)[1:]))
		o.take(key, value)
		if b = space(b); b[0] == ',' {
			b = space(b[1:])
		}
	}
	return nil
}

func (o *objects) take(key, value []byte) {
	name := key[1 : len(key)-1]
	if bytes.IndexByte(name, '\\') >= 0 {
		name = []byte(unquoteJSON(key))
	}
	for i := range o.want {
		if o.want[i].source == string(name) {
			o.raw[i], o.seen[i] = value, true
		}
	}
	if o.keys != nil && len(o.keys) < 1000 {
		o.keys[string(name)] = true
	}
}

// row implements decoder.
func (o *objects) row(record []byte) ([]any, error) {
	if err := o.split(record); err != nil {
		return nil, err
	}
	row := make([]any, len(o.want))
	for i, raw := range o.raw {
		v, err := parseJSON(o.want[i].typ, raw)
		if err != nil {
			return nil, fmt.Errorf("column %q: %w", o.want[i].source, err)
		}
		row[i] = v
	}
	return row, nil
}

// infer implements decoder.
func (o *objects) infer(record []byte, types []string) error {
	if o.keys == nil {
		o.keys = map[string]bool{}
	}
	if err := o.split(record); err != nil {
		return err
	}
	for i, raw := range o.raw {
		switch {
		case raw == nil:
		case o.want[i].typ == schemas.ColumnBoxes:
			if _, err := parseJSON(schemas.ColumnBoxes, raw); err != nil {
				return fmt.Errorf("column %q: %w", o.want[i].source, err)
			}
		default:
			types[i] = widenJSON(types[i], typeOfJSON(raw))
		}
	}
	return nil
}

// missing implements decoder.
func (o *objects) missing() (out []int) {
	for i, seen := range o.seen {
		if !seen {
			out = append(out, i)
		}
	}
	return out
}

func (o *objects) names() []string { return slices.Sorted(maps.Keys(o.keys)) }

func space(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t' || b[0] == '\n' || b[0] == '\r') {
		b = b[1:]
	}
	return b
}

// valueOf cuts the value at the beginning of b, which is valid JSON from there on.
func valueOf(b []byte) (value, rest []byte) {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			if i = stringEnd(b, i+1); depth == 0 {
				return b[:i+1], b[i+1:]
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth < 0 {
				return b[:i], b[i:]
			}
			if depth == 0 {
				return b[:i+1], b[i+1:]
			}
		case ',', ' ', '\t', '\n', '\r':
			if depth == 0 {
				return b[:i], b[i:]
			}
		}
	}
	return b, nil
}

// stringEnd is the index of the quote that closes the string which has text from i on.
func stringEnd(b []byte, i int) int {
	for {
		i += bytes.IndexByte(b[i:], '"')
		escapes := 0
		for b[i-1-escapes] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			return i
		}
		i++
	}
}

func unquoteJSON(raw []byte) string {
	if text := raw[1 : len(raw)-1]; bytes.IndexByte(text, '\\') < 0 && utf8.Valid(text) {
		return string(text)
	}
	var s string
	_ = json.Unmarshal(raw, &s) // valid already
	return s
}
