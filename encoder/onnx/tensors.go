package onnx

import (
	"encoding/binary"
	"fmt"

	ort "github.com/yalue/onnxruntime_go"

	"pairmill/internal/float16"
)

// floats is a float32 or float16 tensor that is allocated once and used for many runs. Outputs must be allocated before a
// run, since the binding cannot make float16 outputs itself: it counts their elements as bytes.
type floats struct {
	value  ort.Value
	values []float32 // the tensor's memory, or for float16 what is converted to and from it
	half   []byte    // the tensor's memory when it is float16, else nil
}

func newFloats(elem elemType, dims ...int64) (*floats, error) {
	shape := ort.NewShape(dims...)
	f := &floats{values: make([]float32, shape.FlattenedSize())}
	var err error
	if elem == float16Type {
		f.half = make([]byte, 2*len(f.values))
		f.value, err = ort.NewCustomDataTensor(shape, f.half, ort.TensorElementDataTypeFloat16)
	} else {
		f.value, err = ort.NewTensor(shape, f.values)
	}
	if err != nil {
		return nil, fmt.Errorf("making a tensor of %v%v: %w", elem, dims, err)
	}
	return f, nil
}

// store hands values to the tensor before a run.
func (f *floats) store() {
	for i := range len(f.half) / 2 {
		binary.NativeEndian.PutUint16(f.half[2*i:], float16.From32(f.values[i]))
	}
}

// load fetches values from the tensor after a run.
func (f *floats) load() {
	for i := range len(f.half) / 2 {
		f.values[i] = float16.To32(binary.NativeEndian.Uint16(f.half[2*i:]))
	}
}

// integers is an int32 or int64 tensor of [batch,tokens].
type integers struct {
	value  ort.Value
	narrow []int32 // one of the two is the tensor's memory
	wide   []int64
}

func newIntegers(elem elemType, rows, columns int) (*integers, error) {
	shape, n := ort.NewShape(int64(rows), int64(columns)), rows*columns
	t := &integers{}
	var err error
	if elem == int32Type {
		t.narrow = make([]int32, n)
		t.value, err = ort.NewTensor(shape, t.narrow)
	} else {
		t.wide = make([]int64, n)
		t.value, err = ort.NewTensor(shape, t.wide)
	}
	if err != nil {
		return nil, fmt.Errorf("making a tensor of %v[%d,%d]: %w", elem, rows, columns, err)
	}
	return t, nil
}

// ones sets the n values from start on to 1 and the rest of the row of width values to 0.
func (t *integers) ones(start, n, width int) {
	for i := range width {
		var v int64
		if i < n {
			v = 1
		}
		if t.wide != nil {
			t.wide[start+i] = v
		} else {
			t.narrow[start+i] = int32(v)
		}
	}
}
