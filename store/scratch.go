package store

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
)

// Scratch is a local temporary file that is written once from its beginning to its end, and then read. It has no name: it is
// gone when it is closed, and when the process dies. A Scratch is for one goroutine.
type Scratch struct {
	file *os.File
	buf  *bufio.Writer
	size int64
	done bool
}

// scratchBuffer joins the small writes of tar headers and Parquet pages into writes worth a system call.
const scratchBuffer = 256 << 10

var errScratchDone = errors.New("temporary file is being read already")

// NewScratch makes a file in dir; empty means the system's folder for temporary files.
func NewScratch(dir string) (*Scratch, error) {
	f, err := os.CreateTemp(dir, "pairmill-spool-*")
	if err != nil {
		return nil, fmt.Errorf("make temporary file: %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, fmt.Errorf("unname temporary file: %w", err)
	}
	return &Scratch{file: f, buf: bufio.NewWriterSize(f, scratchBuffer)}, nil
}

// Write appends p. It is an error once Content was called.
func (s *Scratch) Write(p []byte) (int, error) {
	if s.done {
		return 0, errScratchDone
	}
	n, err := s.buf.Write(p)
	s.size += int64(n)
	return n, err
}

// Size is how much was written.
func (s *Scratch) Size() int64 { return s.size }

// Content ends the writing and returns what was written. It can be read until Close, by any number of goroutines.
func (s *Scratch) Content() (io.ReaderAt, error) {
	if err := s.buf.Flush(); err != nil {
		return nil, fmt.Errorf("write temporary file: %w", err)
	}
	s.done = true
	return s.file, nil
}

// Close frees the file's space. Closing again does nothing.
func (s *Scratch) Close() error {
	s.done = true
	if err := s.file.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("close temporary file: %w", err)
	}
	return nil
}
