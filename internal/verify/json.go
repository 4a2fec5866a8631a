package verify

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sort"
)

// jsonLimit bounds a JSON object: the largest are records that name a few thousand objects.
const jsonLimit = 16 << 20

// strict reads JSON into v and refuses fields that v does not have, and anything behind the value.
func strict(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("more after the value, which ends at offset %d", d.InputOffset())
	}
	return nil
}

// jsonPlace says where JSON stops being what was expected: the line, from 1, and the offset.
func jsonPlace(data []byte, err error) string {
	offset := int64(len(data))
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &kind):
		return fmt.Sprintf("field %s, line %d", kind.Field, lineOf(data, kind.Offset))
	case !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF):
		return fmt.Sprintf("line %d", lineOf(data, offset))
	}
	return fmt.Sprintf("line %d, offset %d", lineOf(data, offset), offset)
}

func lineOf(data []byte, offset int64) int {
	return 1 + bytes.Count(data[:min(max(offset, 0), int64(len(data)))], []byte("\n"))
}

// recomputed holds a JSON object against what it should be, byte by byte, and reports the fields that differ, or the
// line.
func (c *checker) recomputed(object string, check Check, want, got []byte) {
	if bytes.Equal(want, got) {
		return
	}
	var w, g any
	if err := json.Unmarshal(got, &g); err != nil {
		c.reportAt(whole(object), Decode, jsonPlace(got, err), "", err)
		return
	}
	if err := json.Unmarshal(want, &w); err != nil {
		c.fail(err)
		return
	}
	wf, gf := map[string]string{}, map[string]string{}
	flatten("", w, wf)
	flatten("", g, gf)
	same := true
	for _, f := range slices.Sorted(maps.Keys(union(wf, gf))) {
		if wf[f] != gf[f] {
			c.reportAt(whole(object), check, "field "+f, wf[f], gf[f])
			same = false
		}
	}
	if same {
		at := firstDifference(want, got)
		c.reportAt(whole(object), Bytes, fmt.Sprintf("line %d, offset %d", lineOf(got, int64(at)), at), around(want, at), around(got, at))
	}
}

func union(a, b map[string]string) map[string]string {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}

// flatten writes a JSON value's leaves by their paths.
func flatten(path string, v any, out map[string]string) {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			flatten(join(path, k), e, out)
		}
	case []any:
		for i, e := range v {
			flatten(join(path, fmt.Sprint(i)), e, out)
		}
	default:
		data, err := json.Marshal(v)
		if err != nil {
			data = []byte(err.Error())
		}
		out[path] = string(data)
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func firstDifference(a, b []byte) int {
	n := min(len(a), len(b))
	return sort.Search(n, func(i int) bool { return !bytes.Equal(a[:i+1], b[:i+1]) })
}

func around(data []byte, at int) string {
	return fmt.Sprintf("%q", data[max(0, min(at-10, len(data))):min(at+20, len(data))])
}

// indented is how datasets' JSON is written.
func indented(v any, indent, end string) ([]byte, error) {
	data, err := json.MarshalIndent(v, "", indent)
	return append(data, end...), err
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
