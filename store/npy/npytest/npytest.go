// Package npytest writes .npz files for tests, as numpy.savez and numpy.savez_compressed do.
package npytest

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"

	"pairmill/internal/float16"
)

// Array is what stands under a name: rows of equal length.
type Array struct {
	Float32 bool // values are floats; otherwise halves
	Rows    [][]float32
}

// File makes an .npz.
func File(t testing.TB, deflated bool, arrays map[string]Array) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(arrays)) {
		h := &zip.FileHeader{Name: name + ".npy", Method: zip.Store}
		if deflated {
			h.Method = zip.Deflate
		}
		w, err := z.CreateHeader(h)
		if err == nil {
			_, err = w.Write(arrays[name].bytes())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bytes is an array as .npy, version 1.
func (a Array) bytes() []byte {
	dim, descr := 1, "<f2"
	if len(a.Rows) > 0 {
		dim = len(a.Rows[0])
	}
	if a.Float32 {
		descr = "<f4"
	}
	dict := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%d, %d), }", descr, len(a.Rows), dim)
	const before = 10 // magic, version, length
	pad := 64 - (before+len(dict)+1)%64
	out := append([]byte("\x93NUMPY\x01\x00"), 0, 0)
	binary.LittleEndian.PutUint16(out[8:], uint16(len(dict)+pad+1))
	out = append(out, dict...)
	out = append(append(out, bytes.Repeat([]byte(" "), pad)...), '\n')
	for _, row := range a.Rows {
		if !a.Float32 {
			out = float16.Append(out, row...)
			continue
		}
		for _, v := range row {
			out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
		}
	}
	return out
}
