package list

import (
	"bufio"
	"fmt"
	"io"
)

// arrayRecords splits a JSON array into its elements, which have to be objects.
type arrayRecords struct {
	in     *bufio.Reader
	pos    place
	begin  place
	began  bool
	record []byte
}

func newArray(in *bufio.Reader) *arrayRecords {
	return &arrayRecords{in: in, pos: place{line: 1}}
}

func (a *arrayRecords) place() place { return a.begin }

// next implements splitter.
func (a *arrayRecords) next() ([]byte, error) {
	c, err := a.skip()
	if !a.began {
		switch {
		case err == io.EOF:
			return nil, err
		case err == nil && c == '{':
			return nil, fmt.Errorf("line %d: the file holds an object; want an array of objects, [{…}, …], as pandas writes with orient=\"records\", or format jsonl for an object per line", a.pos.line)
		case err == nil && c != '[':
			return nil, fmt.Errorf("line %d: %q, want an array of objects, [{…}, …]", a.pos.line, c)
		}
		a.began = true
		if c, err = a.skip(); err == nil && c == ']' {
			return nil, a.end()
		}
	} else if err == nil && c == ']' {
		return nil, a.end()
	} else if err == nil {
		if c != ',' {
			return nil, fmt.Errorf("line %d: %q after an object, want a comma or the array's end", a.pos.line, c)
		}
		c, err = a.skip()
	}
	switch {
	case err == io.EOF:
		return nil, fmt.Errorf("line %d: the array has no end", a.pos.line)
	case err != nil:
		return nil, err
	case c != '{':
		return nil, fmt.Errorf("line %d: an element begins with %q, want an object", a.pos.line, c)
	}
	return a.object()
}

// object reads on from an opening brace to the one that closes it.
func (a *arrayRecords) object() ([]byte, error) {
	a.begin = a.pos
	a.record = append(a.record[:0], '{')
	for depth, text, escaped := 1, false, false; depth > 0; {
		c, err := a.byte()
		if err == io.EOF {
			return nil, fmt.Errorf("%v: an object has no end", a.begin)
		}
		if err != nil {
			return nil, err
		}
		if a.record = append(a.record, c); len(a.record) > maxRecord {
			return nil, fmt.Errorf("%v: an object of more than %d bytes", a.begin, maxRecord)
		}
		switch {
		case escaped:
			escaped = false
		case text && c == '\\':
			escaped = true
		case c == '"':
			text = !text
		case text:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		}
	}
	return a.record, nil
}

// end makes sure that nothing follows the array.
func (a *arrayRecords) end() error {
	c, err := a.skip()
	if err == nil {
		return fmt.Errorf("line %d: %q after the array's end", a.pos.line, c)
	}
	return err
}

// skip returns the next byte that is not white space.
func (a *arrayRecords) skip() (byte, error) {
	for {
		c, err := a.byte()
		if err != nil || c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			return c, err
		}
	}
}

func (a *arrayRecords) byte() (byte, error) {
	c, err := a.in.ReadByte()
	if err != nil && err != io.EOF {
		return 0, fmt.Errorf("line %d: %w", a.pos.line, err)
	}
	if a.pos.at++; c == '\n' {
		a.pos.line++
	}
	return c, err
}
