package store

import (
	"crypto/sha256"
	"hash"
	"io"

	"pairmill/schemas"
)

// Spool is a Scratch that is hashed while it is written, so that its content can be put under a key that carries its hash.
type Spool struct {
	*Scratch
	hash hash.Hash
}

// NewSpool makes a spool in dir; empty means the system's folder for temporary files.
func NewSpool(dir string) (*Spool, error) {
	s, err := NewScratch(dir)
	if err != nil {
		return nil, err
	}
	return &Spool{s, sha256.New()}, nil
}

// Write appends p. It is an error once Blob was called.
func (s *Spool) Write(p []byte) (int, error) {
	n, err := s.Scratch.Write(p)
	s.hash.Write(p[:n])
	return n, err
}

// Blob ends the writing and returns the content. It can be read until Close.
func (s *Spool) Blob() (Blob, error) {
	content, err := s.Content()
	if err != nil {
		return nil, err
	}
	return spoolBlob{content, s.size, schemas.Hash(s.hash.Sum(nil))}, nil
}

// spoolBlob is the content of a spool.
type spoolBlob struct {
	io.ReaderAt
	size int64
	sum  schemas.Hash
}

func (b spoolBlob) Size() int64          { return b.size }
func (b spoolBlob) SHA256() schemas.Hash { return b.sum }
