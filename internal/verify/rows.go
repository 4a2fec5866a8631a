package verify

import (
	"context"
	"iter"
	"strings"

	"pairmill/schemas"
	"pairmill/store/table"
)

// rows yields the rows of a table with their numbers. A table that does not read is a finding and its rows end
// there; so is one with another number of rows than is said of it.
func rows[T any](ctx context.Context, c *checker, o schemas.Object, omit ...string) iter.Seq2[int64, T] {
	return func(yield func(int64, T) bool) {
		n := int64(0)
		for row, err := range table.Read[T](ctx, c.store, o.Key, omit...) {
			if err != nil {
				c.unreadable(ctx, at{o.Key, n, ""}, placeIn(err), err)
				return
			}
			if c.err != nil || !yield(n, row) {
				return
			}
			n++
		}
		c.declared(o, n)
	}
}

// readAll reads a table that a job's size bounds; ok is false when it does not read to its end.
func readAll[T any](ctx context.Context, c *checker, o schemas.Object) (all []T, ok bool) {
	for row, err := range table.Read[T](ctx, c.store, o.Key) {
		if err != nil {
			c.unreadable(ctx, at{o.Key, int64(len(all)), ""}, placeIn(err), err)
			return all, false
		}
		all = append(all, row)
	}
	c.declared(o, int64(len(all)))
	return all, c.err == nil
}

// placeIn finds the row group and the column in the words of store/table.
func placeIn(err error) string {
	text := err.Error()
	if at := strings.Index(text, "row group "); at >= 0 {
		words := strings.SplitN(text[at:], ": ", 3)
		if len(words) > 1 && strings.HasPrefix(words[1], "column ") {
			return words[0] + ", " + words[1]
		}
		return words[0]
	}
	return "footer"
}
