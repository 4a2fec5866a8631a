package table

import (
	"fmt"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"

	"pairmill/schemas"
)

// valueColumn is a top-level column of a foreign file and how its values are read.
type valueColumn struct {
	schemas.Column        // Type is empty for what is outside the closed list
	foreign        string // the file's own words for the type
	leaf           int    // index of the file's column of values
	kind           parquet.Kind
	maxDef         int   // definition level of a value that is there
	elementAt      []int // for each list, from the outside: definition level from which it has an element
	read           func(parquet.Value) any
}

// valueColumns describes the top-level columns of a file.
func valueColumns(f *parquet.File) []valueColumn {
	elements := map[int]*format.SchemaElement{}
	for i := range f.Metadata().Schema {
		if e := &f.Metadata().Schema[i]; e.Type.Valid {
			elements[len(elements)] = e
		}
	}
	var out []valueColumn
	for _, c := range f.Root().Columns() {
		out = append(out, valueColumnOf(c, elements))
	}
	return out
}

func valueColumnOf(c *parquet.Column, elements map[int]*format.SchemaElement) valueColumn {
	v := valueColumn{}
	v.Name = c.Name()
	enter := func(c *parquet.Column) {
		if !c.Required() {
			v.maxDef++
		}
		if c.Repeated() {
			v.elementAt = append(v.elementAt, v.maxDef)
		}
	}
	enter(c)
	for !c.Leaf() && !c.Repeated() && len(c.Columns()) == 1 && c.Columns()[0].Repeated() { // a LIST
		c = c.Columns()[0]
		enter(c)
		if c.Leaf() || len(c.Columns()) != 1 { // the two-level form of old writers
			break
		}
		c = c.Columns()[0]
		enter(c)
	}
	v.foreign = "a group"
	e := elements[c.Index()]
	if !c.Leaf() || e == nil {
		return v
	}
	v.leaf, v.kind = c.Index(), parquet.Kind(e.Type.V)
	one := readerOf(e)
	v.foreign = foreignName(e)
	for range v.elementAt {
		v.foreign = "list<" + v.foreign + ">"
	}
	v.Type, v.read = inLists(one, len(v.elementAt))
	return v
}

// valueType is a column type with how a value of a file becomes one.
type valueType struct {
	name string
	read func(parquet.Value) any
}

// inLists is the type of a list of values; only what the closed list has.
func inLists(t valueType, depth int) (string, func(parquet.Value) any) {
	long := func(v parquet.Value) any { n, _ := t.read(v).(int32); return int64(n) }
	wide := func(v parquet.Value) any { f, _ := t.read(v).(float32); return float64(f) }
	switch {
	case depth == 0:
		return t.name, t.read
	case depth == 1 && t.name == schemas.ColumnString:
		return schemas.ColumnStrings, t.read
	case depth == 1 && t.name == schemas.ColumnInt64:
		return schemas.ColumnInts, t.read
	case depth == 1 && t.name == schemas.ColumnInt32:
		return schemas.ColumnInts, long
	case depth == 1 && t.name == schemas.ColumnDouble:
		return schemas.ColumnDoubles, t.read
	case depth == 1 && t.name == schemas.ColumnFloat:
		return schemas.ColumnDoubles, wide
	case depth == 2 && t.name == schemas.ColumnDouble:
		return schemas.ColumnBoxes, t.read
	case depth == 2 && t.name == schemas.ColumnFloat:
		return schemas.ColumnBoxes, wide
	}
	return "", nil
}

// readerOf says what the values of a leaf are read as.
func readerOf(e *format.SchemaElement) valueType {
	converted := deprecated.ConvertedType(-1)
	if e.ConvertedType.Valid {
		converted = e.ConvertedType.V
	}
	if t, ok := annotated(e, e.LogicalType.Value, converted); ok {
		return t
	}
	switch e.Type.V {
	case format.Boolean:
		return valueType{schemas.ColumnBool, func(v parquet.Value) any { return v.Boolean() }}
	case format.Int32:
		return valueType{schemas.ColumnInt32, func(v parquet.Value) any { return v.Int32() }}
	case format.Int64:
		return valueType{schemas.ColumnInt64, func(v parquet.Value) any { return v.Int64() }}
	case format.Int96:
		return texts(int96Time)
	case format.Float:
		return valueType{schemas.ColumnFloat, func(v parquet.Value) any { return v.Float() }}
	case format.Double:
		return valueType{schemas.ColumnDouble, func(v parquet.Value) any { return v.Double() }}
	default:
		return valueType{schemas.ColumnBinary, func(v parquet.Value) any { return append([]byte{}, v.ByteArray()...) }}
	}
}

// annotated reads what a logical type, or the older converted type, makes of a leaf. false = nothing.
func annotated(e *format.SchemaElement, logical format.LogicalTypeValue, converted deprecated.ConvertedType) (valueType, bool) {
	physical := e.Type.V
	bytes := physical == format.ByteArray
	if t, ok := logicalValue(e, logical); ok || logical != nil {
		return t, ok
	}
	switch converted {
	case deprecated.UTF8, deprecated.Enum, deprecated.Json:
		return texts(func(v parquet.Value) string { return string(v.ByteArray()) }), bytes
	case deprecated.Decimal:
		return texts(decimalText(e.Scale.V)), physical != format.Int96
	case deprecated.Date:
		return texts(dateText), physical == format.Int32
	case deprecated.TimeMillis:
		return texts(clockText(1e6)), physical == format.Int32
	case deprecated.TimeMicros:
		return texts(clockText(1e3)), physical == format.Int64
	case deprecated.TimestampMillis:
		return texts(timeText(1e6, true)), physical == format.Int64
	case deprecated.TimestampMicros:
		return texts(timeText(1e3, true)), physical == format.Int64
	case deprecated.Uint32:
		return unsigned32, physical == format.Int32
	case deprecated.Uint64:
		return unsigned64, physical == format.Int64
	}
	return valueType{}, false
}

func logicalValue(e *format.SchemaElement, logical format.LogicalTypeValue) (valueType, bool) {
	physical := e.Type.V
	switch l := logical.(type) {
	case *format.StringType, *format.EnumType, *format.JsonType:
		return texts(func(v parquet.Value) string { return string(v.ByteArray()) }), physical == format.ByteArray
	case *format.DecimalType:
		return texts(decimalText(l.Scale)), physical != format.Int96
	case *format.DateType:
		return texts(dateText), physical == format.Int32
	case *format.TimeType:
		unit := unitOf(l.Unit)
		return texts(clockText(unit)), (physical == format.Int32) == (unit == 1e6) && unit > 0
	case *format.TimestampType:
		unit := unitOf(l.Unit)
		return texts(timeText(unit, l.IsAdjustedToUTC)), physical == format.Int64 && unit > 0
	case *format.IntType:
		if l.IsSigned || l.BitWidth < 32 {
			return valueType{}, false
		}
		if physical == format.Int32 {
			return unsigned32, true
		}
		return unsigned64, physical == format.Int64
	case *format.NullType:
		return texts(func(parquet.Value) string { return "" }), true
	case *format.UUIDType:
		return texts(uuidText), physical == format.FixedLenByteArray && e.TypeLength.V == 16
	case *format.Float16Type:
		return halfFloat, physical == format.FixedLenByteArray && e.TypeLength.V == 2
	}
	return valueType{}, false
}

// foreignName is a type as an error shows it.
func foreignName(e *format.SchemaElement) string {
	if l := e.LogicalType.Value; l != nil {
		return l.String()
	}
	if e.ConvertedType.Valid {
		return fmt.Sprint(e.ConvertedType.V)
	}
	return e.Type.V.String()
}
