package table

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
)

// arrowKey is the metadata key under which Arrow's writers keep their schema. Parquet has no fixed-size list; Arrow
// readers take the fixed size from here. It has to agree with the Parquet schema in every name, in their order and
// in what is nullable, down to the "element" of lists.
const arrowKey = "ARROW:schema"

// arrowSchema is the value for arrowKey: base64 of the IPC message. metadata goes along, because Arrow readers take
// a schema's own metadata from there and not from the Parquet footer.
func arrowSchema(columns []column, metadata map[string]string) (string, error) {
	keys := slices.Sorted(maps.Keys(metadata))
	values := make([]string, len(keys))
	for i, k := range keys {
		values[i] = metadata[k]
	}
	md := arrow.NewMetadata(keys, values)
	var b bytes.Buffer
	w := ipc.NewWriter(&b, ipc.WithSchema(arrow.NewSchema(arrowFields(columns), &md)))
	if err := w.Close(); err != nil {
		return "", fmt.Errorf("write Arrow schema: %w", err)
	}
	const endOfStream = 8 // a stream ends with it, a schema message does not
	return base64.StdEncoding.EncodeToString(b.Bytes()[:b.Len()-endOfStream]), nil
}

func arrowFields(columns []column) []arrow.Field {
	out := make([]arrow.Field, len(columns))
	for i, c := range columns {
		out[i] = arrow.Field{Name: c.name, Type: arrowType(c), Nullable: c.null}
	}
	return out
}

func arrowType(c column) arrow.DataType {
	element := arrow.Field{Name: "element", Type: arrowValue(c)}
	switch {
	case c.dim > 0:
		return arrow.FixedSizeListOfField(int32(c.dim), element)
	case c.list:
		return arrow.ListOfField(element)
	}
	return element.Type
}

func arrowValue(c column) arrow.DataType {
	switch c.kind {
	case kindString:
		return arrow.BinaryTypes.String
	case kindBytes:
		return arrow.BinaryTypes.Binary
	case kindBool:
		return arrow.FixedWidthTypes.Boolean
	case kindInt32:
		return arrow.PrimitiveTypes.Int32
	case kindInt64:
		return arrow.PrimitiveTypes.Int64
	case kindFloat32:
		return arrow.PrimitiveTypes.Float32
	case kindFloat64:
		return arrow.PrimitiveTypes.Float64
	case kindFloat16:
		return arrow.FixedWidthTypes.Float16
	default:
		return arrow.StructOf(arrowFields(c.fields)...)
	}
}
