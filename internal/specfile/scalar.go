package specfile

import (
	"encoding"
	"reflect"
	"strconv"

	"gopkg.in/yaml.v3"
)

// text decodes durations and sizes, which explain themselves what they want.
func (d *decoder) text(path string, n *yaml.Node, out encoding.TextUnmarshaler) {
	if !d.isScalar(path, n) {
		return
	}
	if err := out.UnmarshalText([]byte(n.Value)); err != nil {
		d.found.add(n.Line, path, "%v", err)
	}
}

func (d *decoder) scalar(path string, n *yaml.Node, out reflect.Value) {
	if !d.isScalar(path, n) {
		return
	}
	want, ok := "", false
	switch out.Kind() {
	case reflect.String:
		out.SetString(n.Value) // as written: a name may look like a number
		return
	case reflect.Bool:
		var v bool
		want, ok = "true or false", n.ShortTag() == "!!bool" && n.Decode(&v) == nil
		out.SetBool(v)
	case reflect.Int, reflect.Int32, reflect.Int64:
		var v int64
		want, ok = wholeOf(out), n.ShortTag() == "!!int" && n.Decode(&v) == nil && !out.OverflowInt(v)
		out.SetInt(v)
	case reflect.Uint64:
		var v uint64
		want, ok = "a whole number from 0", n.ShortTag() == "!!int" && n.Decode(&v) == nil
		out.SetUint(v)
	case reflect.Float64:
		var v float64
		want, ok = "a number", (n.ShortTag() == "!!int" || n.ShortTag() == "!!float") && n.Decode(&v) == nil
		out.SetFloat(v)
	}
	if !ok {
		d.found.add(n.Line, path, "want %s, not %s", want, describe(n))
	}
}

func wholeOf(out reflect.Value) string {
	if out.Kind() == reflect.Int32 {
		return "a whole number below 2³¹"
	}
	return "a whole number"
}

// isScalar refuses lists, mappings, and a key without a value: whether that means the default or nothing is anyone's guess.
func (d *decoder) isScalar(path string, n *yaml.Node) bool {
	switch {
	case n.Kind != yaml.ScalarNode:
		d.found.add(n.Line, path, "want one value, not %s", describe(n))
	case n.ShortTag() == "!!null":
		d.found.add(n.Line, path, `has no value: write one ("" is the empty text) or remove the line`)
	default:
		switch n.ShortTag() {
		case "!!str", "!!int", "!!float", "!!bool", "!!timestamp", "!!merge": // "<<" merges as a key; as a value it is text
			return true
		}
		d.found.add(n.Line, path, "has the unknown YAML tag %s", n.ShortTag())
	}
	return false
}

func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "settings"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias"
	}
	if n.ShortTag() == "!!null" {
		return "nothing"
	}
	value := []rune(n.Value)
	if len(value) > 60 {
		return strconv.Quote(string(value[:60])) + "…"
	}
	return strconv.Quote(string(value))
}
