package imaging

import (
	"runtime"
	"sync"
)

// maxScratch is the largest working buffer that is kept for the next picture: enough for a scaled picture of 1,000×1,000.
// Larger ones are rare, and would sit outside the gate.
const maxScratch = 8 << 20

// scratch keeps working buffers, at most one for each processor. A sync.Pool would let go of them at every collection, and
// touching fresh pages costs a small picture a twentieth of its time. The zero scratch is empty.
type scratch struct {
	mu   sync.Mutex
	kept [][]byte
}

// borrow returns size bytes of anything.
func (s *scratch) borrow(size int) []byte {
	if buf := s.last(); cap(buf) >= size {
		return buf[:size]
	}
	return make([]byte, size)
}

func (s *scratch) last() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.kept)
	if n == 0 {
		return nil
	}
	buf := s.kept[n-1]
	s.kept = s.kept[:n-1]
	return buf
}

func (s *scratch) giveBack(buf []byte) {
	if cap(buf) > maxScratch {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.kept) < runtime.GOMAXPROCS(0) {
		s.kept = append(s.kept, buf)
	}
}
