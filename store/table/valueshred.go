package table

import (
	"fmt"
	"strings"

	"github.com/parquet-go/parquet-go"

	"pairmill/schemas"
)

// valueShredder turns the values of one column into Parquet values with their levels. Everything is optional, so a
// definition level counts from the outside: 0 is null, 1 a value or an empty list, 2 a null in a list, 3 a value in
// it or an empty list in it, 4 a null in that, 5 a value in that.
type valueShredder struct {
	column schemas.Column
	index  int
	values []parquet.Value
	size   int64 // of the values, uncompressed
}

func (s *valueShredder) reset() {
	clear(s.values) // let go of what the caller owns
	s.values, s.size = s.values[:0], 0
}

// add appends the value of one row.
func (s *valueShredder) add(v any) error {
	if v == nil {
		s.append(parquet.Value{}, 0, 0, 0)
		return nil
	}
	ok := s.addScalar(v) || s.addList(v)
	if !ok {
		return fmt.Errorf("%T, want %s", v, s.column.Type)
	}
	return nil
}

func (s *valueShredder) addScalar(v any) bool {
	switch v := v.(type) {
	case string:
		return s.is(schemas.ColumnString) && s.append(text(v), 0, 1, len(v))
	case []byte:
		return s.is(schemas.ColumnBinary) && s.append(parquet.ByteArrayValue(v), 0, 1, len(v))
	case bool:
		return s.is(schemas.ColumnBool) && s.append(parquet.BooleanValue(v), 0, 1, 1)
	case int32:
		return s.is(schemas.ColumnInt32) && s.append(parquet.Int32Value(v), 0, 1, 4)
	case int64:
		return s.is(schemas.ColumnInt64) && s.append(parquet.Int64Value(v), 0, 1, 8)
	case float32:
		return s.is(schemas.ColumnFloat) && s.append(parquet.FloatValue(v), 0, 1, 4)
	case float64:
		return s.is(schemas.ColumnDouble) && s.append(parquet.DoubleValue(v), 0, 1, 8)
	}
	return false
}

func (s *valueShredder) addList(v any) bool {
	switch v := v.(type) {
	case []string:
		return s.is(schemas.ColumnStrings) && shredList(s, v, text, func(v string) int { return len(v) })
	case []int64:
		return s.is(schemas.ColumnInts) && shredList(s, v, parquet.Int64Value, func(int64) int { return 8 })
	case []float64:
		return s.is(schemas.ColumnDoubles) && shredList(s, v, parquet.DoubleValue, func(float64) int { return 8 })
	case [][]float64:
		return s.is(schemas.ColumnBoxes) && s.addBoxes(v)
	}
	return false
}

func (s *valueShredder) addBoxes(boxes [][]float64) bool {
	if len(boxes) == 0 {
		s.append(parquet.Value{}, 0, 1, 0)
	}
	for i, box := range boxes {
		if len(box) == 0 {
			s.append(parquet.Value{}, min(i, 1), 3, 0)
		}
		for j, f := range box {
			repetition := 2
			if j == 0 {
				repetition = min(i, 1)
			}
			s.append(parquet.DoubleValue(f), repetition, 5, 8)
		}
	}
	return true
}

func shredList[E any](s *valueShredder, list []E, value func(E) parquet.Value, size func(E) int) bool {
	if len(list) == 0 {
		s.append(parquet.Value{}, 0, 1, 0)
	}
	for i, e := range list {
		s.append(value(e), min(i, 1), 3, size(e))
	}
	return true
}

func (s *valueShredder) is(t string) bool { return s.column.Type == t }

func (s *valueShredder) append(v parquet.Value, repetition, definition, size int) bool {
	s.values = append(s.values, v.Level(repetition, definition, s.index))
	s.size += int64(size)
	return true
}

// text is a string as Parquet's readers accept it.
func text(s string) parquet.Value { return parquet.ValueOf(strings.ToValidUTF8(s, "\uFFFD")) }
