package table

import (
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/parquet-go/parquet-go"

	"pairmill/schemas"
)

// maxElements bounds a list in one row: a damaged page can claim a billion nulls in a few bytes.
const maxElements = 1 << 20

var errLong = fmt.Errorf("a list of more than %d elements", maxElements)

// valueCursor reads one column of one row group as Go values.
type valueCursor struct {
	*cursor
	column *valueColumn
}

// next returns the next row's value.
func (c valueCursor) next() (any, error) {
	v, err := c.peek()
	switch {
	case err == io.EOF:
		return nil, errTooFew
	case err != nil:
		return nil, err
	case v.RepetitionLevel() != 0:
		return nil, errLevels
	}
	if len(c.column.elementAt) == 0 {
		c.pos++
		if v.DefinitionLevel() < c.column.maxDef {
			return nil, nil
		}
		if err := c.check(v); err != nil {
			return nil, err
		}
		return c.column.read(*v), nil
	}
	if v.DefinitionLevel() < c.column.elementAt[0]-1 {
		c.pos++
		return nil, nil
	}
	return c.list()
}

// check refuses a value that is not what the schema says: pages follow the row group's own word for the type, and the
// library takes one for the other without a look.
func (c valueCursor) check(v *parquet.Value) error {
	if v.Kind() != c.column.kind {
		return fmt.Errorf("a page of %v, the schema says %v", v.Kind(), c.column.kind)
	}
	return nil
}

// list reads a row's list. Nulls in it are NaN, 0 and "".
func (c valueCursor) list() (any, error) {
	switch c.column.Type {
	case schemas.ColumnStrings:
		return gather[string](c, "")
	case schemas.ColumnInts:
		return gather[int64](c, 0)
	case schemas.ColumnDoubles:
		return gather(c, math.NaN())
	}
	boxes := [][]float64{}
	err := c.each(func(v parquet.Value, there bool) {
		if v.RepetitionLevel() < 2 {
			boxes = append(boxes, []float64{})
		}
		if v.DefinitionLevel() < c.column.elementAt[1] {
			return
		}
		f := math.NaN()
		if there {
			f, _ = c.column.read(v).(float64)
		}
		last := len(boxes) - 1
		boxes[last] = append(boxes[last], f)
	})
	return boxes, err
}

func gather[E any](c valueCursor, null E) (any, error) {
	out := []E{}
	err := c.each(func(v parquet.Value, there bool) {
		e := null
		if there {
			e, _ = c.column.read(v).(E)
		}
		out = append(out, e)
	})
	return out, err
}

// each calls f for the values of a row's list, and says whether they are there or null.
func (c valueCursor) each(f func(v parquet.Value, there bool)) error {
	for n := 0; ; n++ {
		v, err := c.peek()
		switch {
		case errors.Is(err, io.EOF) || err == nil && n > 0 && v.RepetitionLevel() == 0:
			return nil
		case err != nil:
			return err
		case n == maxElements:
			return errLong
		}
		there := v.DefinitionLevel() >= c.column.maxDef
		if there {
			if err := c.check(v); err != nil {
				return err
			}
		}
		c.pos++
		if v.DefinitionLevel() >= c.column.elementAt[0] {
			f(*v, there)
		}
	}
}
