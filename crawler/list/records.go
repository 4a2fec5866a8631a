package list

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
)

// splitter takes a text apart into records.
type splitter interface {
	// next returns the next record, which is good until the call after, or io.EOF.
	next() ([]byte, error)
	// place is where the record that next returned begins.
	place() place
}

// place is a record's beginning.
type place struct {
	at     int64 // bytes from the beginning of the file's text
	line   int64 // the first is 1, counted from origin
	origin int64 // where reading began
}

// String names the place for people: an editor's line number where it is known.
func (p place) String() string {
	if p.origin == 0 {
		return fmt.Sprintf("line %d", p.line)
	}
	return fmt.Sprintf("byte %d", p.at)
}

// lineRecords splits text at newlines: at every one, or with a delimiter at those outside quotes. Blank lines are no
// records.
type lineRecords struct {
	in        *bufio.Reader
	delimiter byte  // 0: newlines end records wherever they are
	mark      int64 // of the byte order mark, which belongs to the first line
	pos       place
	begin     place
	joined    []byte
}

func newLines(in *stream, delimiter byte) *lineRecords {
	return &lineRecords{in: in.Reader, delimiter: delimiter, mark: in.mark, pos: place{at: in.from, line: 1, origin: in.from}}
}

func (r *lineRecords) place() place { return r.begin }

// next implements splitter. The record comes without its line end.
func (r *lineRecords) next() ([]byte, error) {
	for {
		r.begin = r.pos
		record, err := r.record()
		if err != nil {
			return nil, err
		}
		if record = bytes.TrimSuffix(bytes.TrimSuffix(record, []byte("\n")), []byte("\r")); len(record) > 0 {
			return record, nil
		}
	}
}

func (r *lineRecords) record() ([]byte, error) {
	line, err := r.line()
	if err != nil || r.delimiter == 0 || bytes.IndexByte(line, '"') < 0 {
		return line, err
	}
	state := advance(fieldStart, line, r.delimiter)
	if state != inQuotes {
		return line, nil
	}
	r.joined = append(r.joined[:0], line...)
	for state == inQuotes {
		if line, err = r.line(); err == io.EOF {
			return nil, fmt.Errorf("%v: a quote is never closed", r.begin)
		} else if err != nil {
			return nil, err
		}
		if r.joined = append(r.joined, line...); len(r.joined) > maxRecord {
			return nil, r.tooLong()
		}
		state = advance(state, line, r.delimiter)
	}
	return r.joined, nil
}

// line returns a line with its end.
func (r *lineRecords) line() ([]byte, error) {
	line, err := r.in.ReadSlice('\n')
	r.pos.at += r.mark + int64(len(line))
	r.mark = 0
	switch {
	case err == bufio.ErrBufferFull:
		return nil, r.tooLong()
	case err == io.EOF && len(line) > 0:
		return line, nil
	case err == io.EOF:
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("after %v: %w", r.pos, err)
	}
	r.pos.line++
	return line, nil
}

func (r *lineRecords) tooLong() error {
	if r.delimiter != 0 {
		return fmt.Errorf("%v: a record of more than %d bytes: is a quote never closed, or the file not text?", r.begin, maxRecord)
	}
	return fmt.Errorf("%v: a line of more than %d bytes: is the file text?", r.begin, maxRecord)
}

// States of reading delimited text.
const (
	fieldStart = iota
	inPlain    // a field that does not begin with a quote, or what follows a closing one
	inQuotes
	afterQuote // a quote inside quotes: the end, or the first half of a quote that is meant
)

// advance reads on from a state. It is the one place that decides which newlines end a record; fields agrees with it.
func advance(state int, b []byte, delimiter byte) int {
	for i := 0; i < len(b); i++ {
		if state == inQuotes { // most of what is quoted is neither quote nor escape
			n := bytes.IndexByte(b[i:], '"')
			if n < 0 {
				return state
			}
			i, state = i+n, afterQuote
			continue
		}
		switch c := b[i]; {
		case c == delimiter || c == '\n':
			state = fieldStart
		case c == '"' && (state == fieldStart || state == afterQuote):
			state = inQuotes
		default:
			state = inPlain
		}
	}
	return state
}

// fields takes a record apart. The fields point into the record, or into arena where quotes had to be resolved.
func fields(record []byte, delimiter byte, out [][]byte, arena []byte) ([][]byte, []byte) {
	out, arena = out[:0], arena[:0]
	for {
		var field []byte
		rest, quoted := bytes.CutPrefix(record, []byte{'"'})
		if quoted {
			from := len(arena)
			arena, rest = unquote(arena, rest)
			end := fieldEnd(rest, delimiter)
			arena = append(arena, rest[:end]...)
			field, record = arena[from:len(arena):len(arena)], rest[end:]
		} else {
			end := fieldEnd(record, delimiter)
			field, record = record[:end], record[end:]
		}
		out = append(out, field)
		if len(record) == 0 {
			return out, arena
		}
		record = record[1:]
	}
}

func fieldEnd(b []byte, delimiter byte) int {
	if n := bytes.IndexByte(b, delimiter); n >= 0 {
		return n
	}
	return len(b)
}

// unquote appends a quoted text, from behind its opening quote, and returns what follows the closing one.
func unquote(arena, b []byte) (text, rest []byte) {
	for {
		n := bytes.IndexByte(b, '"')
		if n < 0 {
			return append(arena, b...), nil
		}
		arena = append(arena, b[:n]...)
		if b = b[n+1:]; len(b) == 0 || b[0] != '"' {
			return arena, b
		}
		arena, b = append(arena, '"'), b[1:]
	}
}
