package webdataset

import (
	"archive/tar"
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// readBuffer makes the 512-byte reads of headers cheap; contents are larger and pass it by.
const readBuffer = 64 << 10

// counter knows where the tar reader stands: that one reads no further than the headers and contents it hands out.
type counter struct {
	r   *bufio.Reader
	at  int64
	end bool // somebody asked for more than there is
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.at += int64(n)
	c.end = c.end || err == io.EOF
	return n, err
}

// take returns the member kept or the next one in the tar, or io.EOF for good.
func (s *scan) take() (*member, error) {
	if m := s.ahead; m != nil {
		s.ahead = nil
		return m, nil
	}
	for !s.ended {
		h, err := s.tar.Next()
		switch {
		case err == io.EOF && !s.in.end:
			s.ended = true
		case err == io.EOF:
			return nil, fmt.Errorf("cut at byte %d, before the end of the archive: %w", s.in.at, io.ErrUnexpectedEOF)
		case err != nil && !errors.Is(err, tar.ErrInsecurePath): // no path is opened here
			return nil, fmt.Errorf("header before byte %d: %w", s.in.at, err)
		default:
			if m, err := s.member(h); m != nil || err != nil {
				return m, err
			}
		}
	}
	return nil, io.EOF
}

// member reads one; nil for what is skipped.
func (s *scan) member(h *tar.Header) (*member, error) {
	if h.Typeflag != tar.TypeReg && h.Typeflag != tar.TypeCont && h.Typeflag != tar.TypeGNUSparse {
		return nil, nil
	}
	key, ext, ok := split(h.Name)
	if !ok {
		return nil, nil
	}
	at := s.in.at
	data, err := s.content(h)
	if err != nil {
		return nil, fmt.Errorf("member %q at byte %d: %w", h.Name, at, err)
	}
	return &member{key, MemberAt{Ext: ext, Data: data, Offset: at}}, nil
}

func (s *scan) content(h *tar.Header) ([]byte, error) {
	switch {
	case !utf8.ValidString(h.Name):
		return nil, errors.New("name is not UTF-8")
	case sparse(h):
		return nil, errors.New("sparse file: its content has no place in the tar")
	case h.Size > s.MaxMember:
		return nil, fmt.Errorf("%d bytes are more than MaxMember, %d: %w", h.Size, s.MaxMember, ErrLimit)
	}
	data := make([]byte, h.Size)
	if n, err := io.ReadFull(s.tar, data); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, fmt.Errorf("%d of %d bytes: %w", n, h.Size, err)
	}
	return data, nil
}

func sparse(h *tar.Header) bool {
	for k := range h.PAXRecords {
		if strings.HasPrefix(k, "GNU.sparse.") {
			return true
		}
	}
	return h.Typeflag == tar.TypeGNUSparse
}
