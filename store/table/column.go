package table

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"pairmill/schemas"
)

// kind is what one value of a column is.
type kind int

const (
	kindStruct kind = iota
	kindString
	kindBytes
	kindBool
	kindInt32
	kindInt64
	kindFloat32
	kindFloat64
	kindFloat16 // float32 in Go
)

func (k kind) String() string {
	return [...]string{"struct", "string", "bytes", "bool", "int32", "int64", "float32", "float64", "float16"}[k]
}

// Vector says how a []float32 field is stored: every row has exactly Dim elements.
type Vector struct {
	Dim  int    // elements in a row, at least 1
	Type string // schemas.Float16 (2 bytes each, rounded to nearest) or schemas.Float32
}

func (v Vector) kind() (kind, error) {
	switch {
	case v.Dim < 1:
		return 0, fmt.Errorf("vector of %d elements", v.Dim)
	case v.Type == schemas.Float16:
		return kindFloat16, nil
	case v.Type == schemas.Float32:
		return kindFloat32, nil
	}
	return 0, fmt.Errorf("vector of %q: want %s or %s", v.Type, schemas.Float16, schemas.Float32)
}

// column is a struct field and what it becomes. Columns form a tree as the structs do.
type column struct {
	name   string
	field  int // in its struct
	kind   kind
	list   bool // a list of values of this kind
	null   bool // declared nullable; what is written never is null
	dim    int  // > 0: a list of exactly so many
	fields []column
}

var float32s = reflect.TypeFor[[]float32]()

// columnsOf describes the struct T, without the top-level columns in omit. Names in vectors and omit that T does
// not have are errors: they would silently do nothing.
func columnsOf[T any](vectors map[string]Vector, omit []string) ([]column, error) {
	t := reflect.TypeFor[T]()
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("rows of type %v: want a struct", t)
	}
	all, err := structColumns(t, false)
	if err != nil {
		return nil, fmt.Errorf("rows of type %v: %w", t, err)
	}
	for name, v := range vectors {
		at := slices.IndexFunc(all, func(c column) bool { return c.name == name })
		if at < 0 || t.Field(all[at].field).Type != float32s {
			return nil, fmt.Errorf("rows of type %v: no []float32 column %q to store as a vector", t, name)
		}
		if all[at].kind, err = v.kind(); err != nil {
			return nil, fmt.Errorf("column %s: %w", name, err)
		}
		all[at].dim = v.Dim
	}
	for _, name := range omit {
		at := slices.IndexFunc(all, func(c column) bool { return c.name == name })
		if at < 0 {
			return nil, fmt.Errorf("rows of type %v: no column %q to omit", t, name)
		}
		all = slices.Delete(all, at, at+1)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("rows of type %v: no columns", t)
	}
	return all, nil
}

func structColumns(t reflect.Type, inList bool) ([]column, error) {
	var out []column
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("parquet"), ",")
		if !f.IsExported() || name == "-" {
			continue
		}
		if name == "" {
			name = f.Name
		}
		if options != "" && options != "list" && options != "optional" {
			return nil, fmt.Errorf("field %s: unknown tag option %q", f.Name, options)
		}
		c, err := columnOf(f.Type, inList)
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", f.Name, err)
		}
		if c.null = options == "optional"; c.null && (c.list || inList) {
			return nil, fmt.Errorf("field %s: optional in or around a list", f.Name)
		}
		if slices.ContainsFunc(out, func(o column) bool { return o.name == name }) {
			return nil, fmt.Errorf("two columns %q", name)
		}
		c.name, c.field = name, i
		out = append(out, c)
	}
	return out, nil
}

var kinds = map[reflect.Kind]kind{
	reflect.String: kindString, reflect.Bool: kindBool, reflect.Int32: kindInt32, reflect.Int64: kindInt64,
	reflect.Float32: kindFloat32, reflect.Float64: kindFloat64, reflect.Struct: kindStruct,
}

func columnOf(t reflect.Type, inList bool) (c column, err error) {
	switch {
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8:
		c.kind = kindBytes
		return c, nil
	case t.Kind() == reflect.Slice:
		if inList {
			return c, fmt.Errorf("%v: a list inside a list", t)
		}
		if c, err = columnOf(t.Elem(), true); err == nil {
			c.list = true
		}
		return c, err
	}
	k, ok := kinds[t.Kind()]
	if !ok {
		return c, fmt.Errorf("%v cannot be a column", t)
	}
	if c.kind = k; k == kindStruct {
		c.fields, err = structColumns(t, inList)
		if err == nil && len(c.fields) == 0 {
			err = fmt.Errorf("%v has no columns", t)
		}
	}
	return c, err
}

// leaf is a column of values: the end of a path through the columns.
type leaf struct {
	path  []string // names, without those of list and element groups
	outer []int    // fields from the row to the value, or to the slice of a list
	inner []int    // fields from a list's element to the value
	kind  kind
	list  bool
	dim   int
	def   int  // definition level of a value outside lists: one for each optional column on its path
	first bool // of its list: it decides how long the list is
}

// String names the leaf as messages show it.
func (l *leaf) String() string { return strings.Join(l.path, ".") }

// leaves flattens columns in the order in which a file holds them.
func leaves(columns []column, prefix leaf) []leaf {
	var out []leaf
	for i, c := range columns {
		l := prefix
		l.path = append(slices.Clone(prefix.path), c.name)
		l.kind, l.list, l.dim = c.kind, prefix.list || c.list, c.dim
		if c.null {
			l.def++
		}
		if prefix.list {
			l.inner = append(slices.Clone(prefix.inner), c.field)
			l.first = prefix.first && i == 0
		} else {
			l.outer = append(slices.Clone(prefix.outer), c.field)
			l.first = true
		}
		if c.kind == kindStruct {
			out = append(out, leaves(c.fields, l)...)
		} else {
			out = append(out, l)
		}
	}
	return out
}
