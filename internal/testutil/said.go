package testutil

import (
	"bytes"
	"sync"
)

// Said collects what many goroutines write, log lines for one. The zero value is empty.
type Said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write appends p.
func (s *Said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

// String returns everything that was written so far.
func (s *Said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}
