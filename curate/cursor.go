package curate

// cursor walks a sorted sequence forward.
type cursor[T any] struct {
	next  func() (T, error, bool)
	value T
	ok    bool // value holds the next one
	end   bool
}

// peek returns the next value without passing it.
func (c *cursor[T]) peek() (v T, ok bool, err error) {
	if !c.ok && !c.end {
		v, err, more := c.next()
		if err != nil {
			return v, false, err
		}
		c.value, c.ok, c.end = v, more, !more
	}
	return c.value, c.ok, nil
}

// pass drops the peeked value.
func (c *cursor[T]) pass() { c.ok = false }

// seek passes the values for which compare is negative and tells whether it is 0 for the next one.
func (c *cursor[T]) seek(compare func(T) int) (v T, found bool, err error) {
	for {
		v, ok, err := c.peek()
		if err != nil || !ok {
			return v, false, err
		}
		if d := compare(v); d >= 0 {
			return v, d == 0, nil
		}
		c.pass()
	}
}
