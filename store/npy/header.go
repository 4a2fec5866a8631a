package npy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// header is what stands in front of an array's values.
type header struct {
	descr   string
	fortran bool
	shape   []int64
	size    int64 // in bytes, of all that stands before the values
}

const magic = "\x93NUMPY"

// maxHeader bounds the text of a header. numpy pads it to a multiple of 64 bytes; only types with very many fields are
// longer, and those are not read.
const maxHeader = 64 << 10

// readHeader reads magic, version, length and a Python dict.
func readHeader(r io.Reader) (h header, err error) {
	var fixed [len(magic) + 2]byte
	if _, err := io.ReadFull(r, fixed[:]); err != nil {
		return h, err
	}
	if string(fixed[:len(magic)]) != magic {
		return h, errors.New("it does not begin as .npy does")
	}
	width := 2
	switch version := fixed[len(magic)]; version {
	case 1:
	case 2, 3:
		width = 4
	default:
		return h, fmt.Errorf("version %d of the format: want 1 to 3", version)
	}
	length := make([]byte, 4)
	if _, err := io.ReadFull(r, length[:width]); err != nil {
		return h, err
	}
	n := binary.LittleEndian.Uint32(length)
	if n > maxHeader {
		return h, fmt.Errorf("a header of %d bytes: want at most %d", n, maxHeader)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(r, text); err != nil {
		return h, err
	}
	h.size = int64(len(fixed) + width + len(text))
	if err := h.parse(string(text)); err != nil {
		return h, fmt.Errorf("header %q: %w", clip(string(text)), err)
	}
	return h, nil
}

// parse reads {'descr': '<f2', 'fortran_order': False, 'shape': (3, 4), }.
func (h *header) parse(text string) error {
	p := literal{text}
	if !p.take('{') {
		return errors.New("no dict")
	}
	seen := map[string]bool{}
	for !p.take('}') {
		key, err := p.text()
		if err != nil {
			return err
		}
		if !p.take(':') || seen[key] {
			return fmt.Errorf("key %q stands there twice, or has no value", key)
		}
		seen[key] = true
		switch key {
		case "descr":
			h.descr, err = p.descr()
		case "fortran_order":
			h.fortran, err = p.truth()
		case "shape":
			h.shape, err = p.shape()
		default:
			err = fmt.Errorf("key %q is not of the format", key)
		}
		if err != nil {
			return err
		}
		if !p.take(',') {
			if !p.take('}') {
				return errors.New("the dict has no end")
			}
			break
		}
	}
	if len(seen) != 3 || p.space() != "" {
		return errors.New("want descr, fortran_order and shape, and nothing else")
	}
	return nil
}

// literal is a Python literal that is being read.
type literal struct{ rest string }

// space drops white space and returns what follows.
func (p *literal) space() string {
	p.rest = strings.TrimLeft(p.rest, " \t\r\n")
	return p.rest
}

// take passes a character, if it is the next one.
func (p *literal) take(c byte) bool {
	if rest := p.space(); rest == "" || rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

// text reads a string without escapes: numpy writes no others.
func (p *literal) text() (string, error) {
	rest := p.space()
	if rest == "" || rest[0] != '\'' && rest[0] != '"' {
		return "", errors.New("want a string in quotes")
	}
	end := strings.IndexByte(rest[1:], rest[0])
	if end < 0 {
		return "", errors.New("a string has no end")
	}
	p.rest = rest[end+2:]
	return rest[1 : end+1], nil
}

// descr reads the type of values. Types with fields are lists: they end the reading.
func (p *literal) descr() (string, error) {
	if rest := p.space(); strings.HasPrefix(rest, "[") {
		return "", errors.New("values with fields are not read")
	}
	return p.text()
}

func (p *literal) truth() (bool, error) {
	rest := p.space()
	for word, v := range map[string]bool{"True": true, "False": false} {
		if after, ok := strings.CutPrefix(rest, word); ok {
			p.rest = after
			return v, nil
		}
	}
	return false, errors.New("want True or False")
}

// maxShape is how many dimensions numpy allows.
const maxShape = 64

// shape reads a tuple of numbers.
func (p *literal) shape() ([]int64, error) {
	if !p.take('(') {
		return nil, errors.New("want a shape in brackets")
	}
	out := []int64{}
	for !p.take(')') {
		rest := p.space()
		end := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		n, err := strconv.ParseInt(rest[:end], 10, 64)
		if err != nil || len(out) == maxShape {
			return nil, errors.New("want a shape of whole numbers")
		}
		p.rest = strings.TrimPrefix(rest[end:], "L") // as Python 2 wrote them
		out = append(out, n)
		if !p.take(',') {
			if !p.take(')') {
				return nil, errors.New("a shape has no end")
			}
			break
		}
	}
	return out, nil
}

// clip keeps a text in an error readable.
func clip(s string) string {
	const most = 120
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}
