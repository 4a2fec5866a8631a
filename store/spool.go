package store

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"

	"pairmill/schemas"
)

// Spool is a local temporary file that is hashed while it is written, so that its content can be put under a key
// that carries its hash. The file has no name: it is gone when the spool is closed, and when the process dies.
// A Spool is for one goroutine.
type Spool struct {
	file *os.File
	buf  *bufio.Writer
	hash hash.Hash
	size int64
	done bool
}

// spoolBuffer joins the small writes of tar headers and Parquet pages into writes worth a system call.
const spoolBuffer = 256 << 10

var errSpoolDone = errors.New("spool is already a blob")

// NewSpool makes a spool in dir; empty means the system's folder for temporary files.
func NewSpool(dir string) (*Spool, error) {
	f, err := os.CreateTemp(dir, "pairmill-spool-*")
	if err != nil {
		return nil, fmt.Errorf("make spool: %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, fmt.Errorf("unname spool: %w", err)
	}
	return &Spool{file: f, buf: bufio.NewWriterSize(f, spoolBuffer), hash: sha256.New()}, nil
}

// Write appends p. It is an error once Blob was called.
func (s *Spool) Write(p []byte) (int, error) {
	if s.done {
		return 0, errSpoolDone
	}
	n, err := s.buf.Write(p)
	s.hash.Write(p[:n])
	s.size += int64(n)
	return n, err
}

// Size is how much was written.
func (s *Spool) Size() int64 { return s.size }

// Blob ends the writing and returns the content. It can be read until Close.
func (s *Spool) Blob() (Blob, error) {
	if err := s.buf.Flush(); err != nil {
		return nil, fmt.Errorf("write spool: %w", err)
	}
	s.done = true
	return spoolBlob{s.file, s.size, schemas.Hash(s.hash.Sum(nil))}, nil
}

// Close frees the file's space. Closing again does nothing.
func (s *Spool) Close() error {
	s.done = true
	if err := s.file.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("close spool: %w", err)
	}
	return nil
}

// spoolBlob is the content of a spool.
type spoolBlob struct {
	io.ReaderAt
	size int64
	sum  schemas.Hash
}

func (b spoolBlob) Size() int64          { return b.size }
func (b spoolBlob) SHA256() schemas.Hash { return b.sum }
