package webdataset

import (
	"errors"
	"fmt"
	"io"
)

// Member is one file of a sample.
type Member struct {
	Ext  string // what follows the key and a dot: "jpg"; lower case, may have dots inside
	Data []byte
}

// Writer writes a tar. It is not safe for concurrent use.
type Writer struct {
	w      io.Writer
	at     int64  // bytes written
	last   string // key of the sample before
	err    error  // what broke the tar, for good
	closed bool
}

var errClosed = errors.New("tar is closed")

// NewWriter starts a tar on w, which stays the caller's to close. It writes a few times per member, small pieces among
// them.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Write appends a sample and returns where each member's content begins, in bytes from the start of the tar.
//
// The key is UTF-8 without dots, slashes or control characters, does not begin with "__" and is not the key of the
// sample before; with a dot and the longest extension it has at most 100 bytes. There is at least one member, and no
// extension comes twice. A sample that breaks a rule is refused before anything of it is written, and the Writer goes
// on. An error of w breaks the tar: every later call returns it.
func (t *Writer) Write(key string, members ...Member) (offsets []int64, err error) {
	if err := t.accept(key, members); err != nil {
		return nil, fmt.Errorf("write sample %q to tar: %w", key, err)
	}
	offsets = make([]int64, len(members))
	for i, m := range members {
		offsets[i] = t.at + block
		if err := t.member(key+"."+m.Ext, m.Data); err != nil {
			t.err = fmt.Errorf("write %q to tar at byte %d: %w", key+"."+m.Ext, t.at, err)
			return nil, t.err
		}
	}
	t.last = key
	return offsets, nil
}

// Close ends the tar. Closing again returns the same.
func (t *Writer) Close() error {
	if t.err != nil || t.closed {
		return t.err
	}
	t.closed = true
	if err := t.put(make([]byte, trailer)); err != nil {
		t.err = fmt.Errorf("end tar at byte %d: %w", t.at, err)
	}
	return t.err
}

func (t *Writer) accept(key string, members []Member) error {
	if t.err != nil {
		return t.err
	}
	if t.closed {
		return errClosed
	}
	if err := checkKey(key); err != nil {
		return err
	}
	if key == t.last {
		return errors.New("the sample before has the same key")
	}
	return checkMembers(key, members)
}

func (t *Writer) member(name string, data []byte) error {
	size := int64(len(data))
	h := header(name, size)
	for _, b := range [][]byte{h[:], data, make([]byte, padding(size))} {
		if err := t.put(b); err != nil {
			return err
		}
	}
	return nil
}

func (t *Writer) put(b []byte) error {
	n, err := t.w.Write(b)
	t.at += int64(n)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	return err
}
