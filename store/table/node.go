package table

import (
	"reflect"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"
)

// schemaOf is the Parquet schema of columns.
func schemaOf(columns []column) *parquet.Schema {
	return parquet.NewSchema("row", groupOf(columns))
}

// group is parquet.Group with its fields in our order instead of the alphabet's.
type group struct {
	parquet.Group
	fields []parquet.Field
}

func (g group) Fields() []parquet.Field { return g.fields }

func (g group) GoType() reflect.Type { return reflect.TypeFor[struct{}]() }

// field is a node with a name.
type field struct {
	parquet.Node
	name string
}

func (f field) Name() string { return f.name }

// Value is for mapping Go values by reflection, which this package does itself.
func (f field) Value(reflect.Value) reflect.Value { return reflect.Value{} }

func groupOf(columns []column) parquet.Node {
	g := group{}
	for _, c := range columns {
		g.fields = append(g.fields, field{nodeOf(c), c.name})
	}
	return g
}

func nodeOf(c column) parquet.Node {
	n := valueNode(c)
	if c.list {
		n = parquet.List(n)
	}
	if c.null {
		n = parquet.Optional(n)
	}
	return n
}

func valueNode(c column) parquet.Node {
	switch c.kind {
	case kindString:
		return parquet.String()
	case kindBytes:
		return parquet.Leaf(parquet.ByteArrayType)
	case kindBool:
		return parquet.Leaf(parquet.BooleanType)
	case kindInt32:
		return parquet.Leaf(parquet.Int32Type)
	case kindInt64:
		return parquet.Leaf(parquet.Int64Type)
	case kindFloat32: // plain: any other encoding spends time on what is noise
		return parquet.Encoded(parquet.Leaf(parquet.FloatType), &parquet.Plain)
	case kindFloat64:
		return parquet.Encoded(parquet.Leaf(parquet.DoubleType), &parquet.Plain)
	case kindFloat16:
		return parquet.Encoded(parquet.Leaf(float16Type{parquet.FixedLenByteArrayType(2)}), &parquet.Plain)
	default:
		return groupOf(c.fields)
	}
}

// float16Type is Parquet's FLOAT16: 2 bytes, little-endian.
type float16Type struct{ parquet.Type }

func (float16Type) String() string { return "FLOAT16" }

func (float16Type) LogicalType() *format.LogicalType {
	return &format.LogicalType{Value: new(format.Float16Type)}
}

// ConvertedType is the older way to annotate; it knows no FLOAT16.
func (float16Type) ConvertedType() *deprecated.ConvertedType { return nil }

// halves tells which leaves of a file are FLOAT16, by their index: the library reads the annotation and leaves it
// out of the column's type.
func halves(f *parquet.File) map[int]bool {
	out, leaves := map[int]bool{}, 0
	for _, e := range f.Metadata().Schema {
		if !e.Type.Valid {
			continue // a group
		}
		_, half := e.LogicalType.Value.(*format.Float16Type)
		out[leaves] = half && e.Type.V == format.FixedLenByteArray && e.TypeLength.V == 2
		leaves++
	}
	return out
}
