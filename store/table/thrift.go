package table

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Types of Thrift's compact protocol, as in
// https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
const (
	thriftStop   = 0
	thriftTrue   = 1
	thriftFalse  = 2
	thriftByte   = 3
	thriftI16    = 4
	thriftI64    = 6
	thriftDouble = 7
	thriftBinary = 8
	thriftList   = 9
	thriftSet    = 10
	thriftStruct = 12
)

// thriftDepth is more than Parquet's metadata nests.
const thriftDepth = 32

var errThrift = errors.New("damaged Thrift")

// checkThrift walks a struct in Thrift's compact protocol and refuses lists and strings that claim to be longer than
// the bytes that are left. Every element takes a byte at least, so what passes can be decoded in memory proportional
// to b. Maps do not occur in Parquet and are refused.
func checkThrift(b []byte) error {
	s := thriftScan{b}
	return s.structure(0)
}

// thriftScan is what is left to walk.
type thriftScan struct{ b []byte }

func (s *thriftScan) skip(n uint64) error {
	if n > uint64(len(s.b)) {
		return fmt.Errorf("%w: %d bytes of %d", errThrift, n, len(s.b))
	}
	s.b = s.b[n:]
	return nil
}

func (s *thriftScan) byte() (byte, error) {
	if len(s.b) == 0 {
		return 0, fmt.Errorf("%w: it ends too early", errThrift)
	}
	c := s.b[0]
	s.b = s.b[1:]
	return c, nil
}

func (s *thriftScan) varint() (uint64, error) {
	v, n := binary.Uvarint(s.b)
	if n <= 0 {
		return 0, fmt.Errorf("%w: bad number", errThrift)
	}
	s.b = s.b[n:]
	return v, nil
}

func (s *thriftScan) structure(depth int) error {
	if depth > thriftDepth {
		return fmt.Errorf("%w: nested deeper than %d", errThrift, thriftDepth)
	}
	for {
		head, err := s.byte()
		if err != nil || head == thriftStop {
			return err
		}
		if head>>4 == 0 { // the field's id follows instead of standing in the upper half
			if _, err := s.varint(); err != nil {
				return err
			}
		}
		if typ := head & 15; typ != thriftTrue && typ != thriftFalse { // those have their value in the type
			if err := s.value(typ, depth); err != nil {
				return err
			}
		}
	}
}

func (s *thriftScan) value(typ byte, depth int) error {
	switch {
	case typ == thriftTrue, typ == thriftFalse, typ == thriftByte:
		return s.skip(1)
	case typ >= thriftI16 && typ <= thriftI64:
		_, err := s.varint()
		return err
	case typ == thriftDouble:
		return s.skip(8)
	case typ == thriftBinary:
		n, err := s.varint()
		if err != nil {
			return err
		}
		return s.skip(n)
	case typ == thriftList, typ == thriftSet:
		return s.list(depth)
	case typ == thriftStruct:
		return s.structure(depth + 1)
	}
	return fmt.Errorf("%w: type %d", errThrift, typ)
}

func (s *thriftScan) list(depth int) error {
	if depth > thriftDepth {
		return fmt.Errorf("%w: nested deeper than %d", errThrift, thriftDepth)
	}
	head, err := s.byte()
	if err != nil {
		return err
	}
	n := uint64(head >> 4)
	if n == 15 {
		if n, err = s.varint(); err != nil {
			return err
		}
	}
	if n > uint64(len(s.b)) {
		return fmt.Errorf("%w: list of %d in %d bytes", errThrift, n, len(s.b))
	}
	for range n {
		if err := s.value(head&15, depth+1); err != nil {
			return err
		}
	}
	return nil
}
