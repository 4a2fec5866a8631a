package table

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/parquet-go/parquet-go"

	"pairmill/internal/float16"
)

// shredder turns one leaf of rows into Parquet values with their levels (the Dremel encoding: a repetition level of
// 0 starts a row; a definition level below the greatest says that there is nothing).
type shredder struct {
	leaf
	index  int
	values []parquet.Value
	arena  []byte          // what values point into; they outlive its growth, which leaves the old bytes alone
	size   int64           // of the values, uncompressed
	slots  []parquet.Value // for vectors of halves: made once, each pointing at its two bytes of arena
}

func newShredder(l leaf, index int) *shredder {
	s := &shredder{leaf: l, index: index}
	if l.kind != kindFloat16 {
		return s
	}
	s.arena = make([]byte, 2*batchRows*l.dim)
	s.slots = make([]parquet.Value, batchRows*l.dim)
	for i := range s.slots {
		s.slots[i] = parquet.FixedLenByteArrayValue(s.arena[2*i:][:2]).Level(min(i%l.dim, 1), 1, index)
	}
	s.arena = s.arena[:0]
	return s
}

func (s *shredder) reset() {
	if s.slots == nil {
		clear(s.values) // let go of what the caller owns
	}
	s.values, s.arena, s.size = s.values[:0], s.arena[:0], 0
}

// add appends a row's values. The row must be addressable, and at most batchRows may come between resets.
func (s *shredder) add(row reflect.Value) {
	v := at(row, s.outer)
	switch {
	case !s.list:
		s.append(s.value(v), 0, s.def)
	case v.Len() == 0:
		s.append(parquet.Value{}, 0, 0)
	case s.slots != nil:
		s.arena = float16.Append(s.arena, *v.Addr().Interface().(*[]float32)...)
		s.values = s.slots[:len(s.arena)/2]
		s.size += 2 * int64(s.dim)
	case v.Type() == float32s:
		for i, f := range *v.Addr().Interface().(*[]float32) {
			s.append(parquet.FloatValue(f), min(i, 1), 1)
		}
		s.size += 4 * int64(v.Len())
	default:
		for i := range v.Len() {
			s.append(s.value(at(v.Index(i), s.inner)), min(i, 1), 1)
		}
	}
}

func (s *shredder) append(v parquet.Value, repetition, definition int) {
	s.values = append(s.values, v.Level(repetition, definition, s.index))
}

func (s *shredder) value(v reflect.Value) parquet.Value {
	switch s.kind {
	case kindString:
		from := len(s.arena)
		s.arena = append(s.arena, strings.ToValidUTF8(v.String(), "\uFFFD")...)
		s.size += int64(len(s.arena) - from)
		return parquet.ByteArrayValue(s.arena[from:])
	case kindBytes:
		s.size += int64(v.Len())
		return parquet.ByteArrayValue(v.Bytes())
	case kindBool:
		s.size++
		return parquet.BooleanValue(v.Bool())
	case kindInt32:
		s.size += 4
		return parquet.Int32Value(int32(v.Int()))
	case kindInt64:
		s.size += 8
		return parquet.Int64Value(v.Int())
	case kindFloat64:
		s.size += 8
		return parquet.DoubleValue(v.Float())
	default:
		s.size += 4
		return parquet.FloatValue(float32(v.Float()))
	}
}

// at follows a path of fields, which may be empty.
func at(v reflect.Value, path []int) reflect.Value {
	for _, i := range path {
		v = v.Field(i)
	}
	return v
}

// check refuses a vector of the wrong length.
func (s *shredder) check(row reflect.Value) error {
	if s.dim == 0 {
		return nil
	}
	if n := at(row, s.outer).Len(); n != s.dim {
		return fmt.Errorf("column %s: vector of %d elements, want %d", s, n, s.dim)
	}
	return nil
}
