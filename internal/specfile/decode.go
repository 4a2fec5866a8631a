package specfile

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"

	"gopkg.in/yaml.v3"
)

// decoder fills Go values from YAML nodes by their yaml tags. The YAML package can do that too, but it stops at the first
// error of a custom type and loses its line, turns 1.5 into 1, and does not know where a misspelt key belongs.
type decoder struct {
	found Problems
	lines map[string]int // of every path in the file
}

// node decodes into what out points at.
func (d *decoder) node(path string, n *yaml.Node, out any) {
	d.value(path, n, reflect.ValueOf(out).Elem())
}

func (d *decoder) value(path string, n *yaml.Node, out reflect.Value) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if _, seen := d.lines[path]; !seen {
		d.lines[path] = n.Line
	}
	if u, ok := out.Addr().Interface().(encoding.TextUnmarshaler); ok {
		d.text(path, n, u)
		return
	}
	switch out.Kind() {
	case reflect.Struct:
		d.mapping(path, n, func(key *yaml.Node, value *yaml.Node) { d.field(path, key, value, out) })
	case reflect.Pointer:
		fresh := reflect.New(out.Type().Elem())
		if defaults, ok := sectionDefaults()[out.Type().Elem()]; ok {
			fresh.Elem().Set(reflect.ValueOf(defaults))
		}
		d.value(path, n, fresh.Elem())
		out.Set(fresh)
	case reflect.Slice:
		d.list(path, n, out)
	case reflect.Map:
		out.Set(reflect.MakeMap(out.Type()))
		d.mapping(path, n, func(key *yaml.Node, value *yaml.Node) {
			v := reflect.New(out.Type().Elem()).Elem()
			d.value(join(path, key.Value), value, v)
			out.SetMapIndex(reflect.ValueOf(key.Value), v)
		})
	default:
		d.scalar(path, n, out)
	}
}

// mapping calls each for the pairs of a mapping with distinct scalar keys. An empty value is an empty mapping, so that a
// section whose lines are all commented out is at its defaults.
func (d *decoder) mapping(path string, n *yaml.Node, each func(key, value *yaml.Node)) {
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" {
		return
	}
	if n.Kind != yaml.MappingNode {
		d.found.add(n.Line, path, "want settings (key: value), not %s", describe(n))
		return
	}
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode {
			d.found.add(key.Line, path, "want a word as key, not %s", describe(key))
			continue
		}
		if line, twice := first[key.Value]; twice {
			d.found.add(key.Line, join(path, key.Value), "given twice, first in line %d", line)
			continue
		}
		first[key.Value] = key.Line
		d.lines[join(path, key.Value)] = key.Line
		each(key, n.Content[i+1])
	}
}

func (d *decoder) field(path string, key, value *yaml.Node, out reflect.Value) {
	for i := range out.NumField() {
		if keyOf(out.Type().Field(i)) == key.Value {
			d.value(join(path, key.Value), value, out.Field(i))
			forgetEmpty(out.Type().Field(i), out.Field(i))
			return
		}
	}
	d.found.add(key.Line, join(path, key.Value), "unknown key%s", hint(path, key.Value, out.Type()))
}

// forgetEmpty makes an empty list or mapping nothing where a written spec has no line for it, so that a spec that is
// written and read again is the same.
func forgetEmpty(f reflect.StructField, v reflect.Value) {
	if (v.Kind() == reflect.Slice || v.Kind() == reflect.Map) && v.Len() == 0 && mayBeAbsent(f) {
		v.SetZero()
	}
}

func (d *decoder) list(path string, n *yaml.Node, out reflect.Value) {
	if n.Kind != yaml.SequenceNode {
		d.found.add(n.Line, path, "want a list, not %s", describe(n))
		return
	}
	list := reflect.MakeSlice(out.Type(), len(n.Content), len(n.Content))
	for i, item := range n.Content {
		d.value(fmt.Sprintf("%s[%d]", path, i), item, list.Index(i))
	}
	out.Set(list)
}

// line is where a path stands in the file, or else the nearest section around it.
func (d *decoder) line(path string) int {
	for path != "" {
		if line, ok := d.lines[path]; ok {
			return line
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return 0
}

// keyOf is the YAML key of a struct field.
func keyOf(f reflect.StructField) string {
	key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	return key
}

// mayBeAbsent says that a field has no line in a written spec while it is empty.
func mayBeAbsent(f reflect.StructField) bool {
	return strings.HasSuffix(f.Tag.Get("yaml"), ",omitempty")
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
