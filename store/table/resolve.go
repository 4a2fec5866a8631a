package table

import (
	"fmt"

	"github.com/parquet-go/parquet-go"
)

// source is where a leaf's values stand in one file.
type source struct {
	leaf
	index     int  // of the file's column
	maxDef    int  // definition level of a value that is there
	elementAt int  // of a list: definition level from which there is an element, be it null
	half      bool // the file holds halves where the struct has float32
}

// resolve finds each leaf in a file. A column that the file lacks, or that holds something else, is an error.
func resolve(f *parquet.File, all []leaf) ([]source, error) {
	half := halves(f)
	out := make([]source, len(all))
	for i, l := range all {
		s, err := resolveLeaf(f.Root(), l, half)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", &l, err)
		}
		out[i] = s
	}
	return out, nil
}

func resolveLeaf(at *parquet.Column, l leaf, half map[int]bool) (source, error) {
	s := source{leaf: l}
	def, lists := 0, 0
	enter := func(c *parquet.Column) {
		if at = c; !c.Required() {
			def++
		}
		if c.Repeated() {
			lists++
			s.elementAt = def
		}
	}
	for _, name := range l.path {
		next := at.Column(name)
		if next == nil {
			return s, fmt.Errorf("the file has no %q", name)
		}
		enter(next)
		if repeated, element := listOf(next); element != nil && l.list && lists == 0 {
			enter(repeated)
			enter(element)
		}
	}
	switch {
	case !at.Leaf():
		return s, fmt.Errorf("a group, want %s", l.kind)
	case l.list != (lists == 1) || lists > 1:
		return s, fmt.Errorf("lists inside each other: %d, want a list: %t", lists, l.list)
	case l.kind == kindFloat32 && half[at.Index()]:
		s.half = true
	case !accepts(l.kind, at.Type().Kind()):
		return s, fmt.Errorf("%v, want %s", at.Type(), l.kind)
	}
	s.index, s.maxDef = at.Index(), def
	return s, nil
}

// listOf takes the two inner levels of a LIST apart, whatever they are called; nil when c is none.
func listOf(c *parquet.Column) (repeated, element *parquet.Column) {
	if c.Leaf() || c.Repeated() || len(c.Columns()) != 1 {
		return nil, nil
	}
	repeated = c.Columns()[0]
	if repeated.Leaf() || !repeated.Repeated() || len(repeated.Columns()) != 1 {
		return nil, nil
	}
	return repeated, repeated.Columns()[0]
}

// accepts tells whether values of a file's type can be read as k without loss.
func accepts(k kind, t parquet.Kind) bool {
	switch k {
	case kindString:
		return t == parquet.ByteArray
	case kindBytes:
		return t == parquet.ByteArray || t == parquet.FixedLenByteArray
	case kindBool:
		return t == parquet.Boolean
	case kindInt32:
		return t == parquet.Int32
	case kindInt64:
		return t == parquet.Int64 || t == parquet.Int32
	case kindFloat64:
		return t == parquet.Double || t == parquet.Float
	default:
		return t == parquet.Float
	}
}
