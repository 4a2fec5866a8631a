package onnx

import (
	"fmt"
	"strings"
)

// elemType is a tensor's element type, numbered as in onnx.proto (TensorProto.DataType).
type elemType int32

const (
	float32Type elemType = 1
	int32Type   elemType = 6
	int64Type   elemType = 7
	float16Type elemType = 10
)

func (e elemType) String() string {
	names := map[elemType]string{float32Type: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", int32Type: "int32",
		int64Type: "int64", 8: "string", 9: "bool", float16Type: "float16", 11: "float64", 16: "bfloat16"}
	if s, ok := names[e]; ok {
		return s
	}
	return fmt.Sprintf("type %d", int32(e))
}

// dynamic is a dimension that is decided when the model runs.
const dynamic = -1

// port is an input or output of a graph.
type port struct {
	name   string
	elem   elemType
	dims   []int64  // dynamic where the size is not fixed
	params []string // names of the dynamic dimensions, "" elsewhere
	ranked bool     // false when the graph does not even say how many dimensions there are
}

// static is the fixed size of dimension i, or 0.
func (p port) static(i int) int {
	if i < len(p.dims) && p.dims[i] > 0 {
		return int(p.dims[i])
	}
	return 0
}

// shape is the dimensions in writing, such as [batch,3,224,224].
func (p port) shape() string {
	if !p.ranked {
		return "[…]"
	}
	dims := make([]string, len(p.dims))
	for i, d := range p.dims {
		switch {
		case d != dynamic:
			dims[i] = fmt.Sprint(d)
		case p.params[i] != "":
			dims[i] = p.params[i]
		default:
			dims[i] = "?"
		}
	}
	return "[" + strings.Join(dims, ",") + "]"
}

func (p port) String() string { return fmt.Sprintf("%s %v%s", p.name, p.elem, p.shape()) }

// graph is what can be known of a model file without running it.
type graph struct {
	producer string
	opset    int64 // of the default operator set
	inputs   []port
	outputs  []port
	params   int64 // values in all initializers
	external bool  // some weights are in another file
}
