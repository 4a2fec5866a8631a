package imaging

import (
	"math/bits"
	"runtime"
	"slices"
	"sync"
)

const (
	// maxKept is the largest buffer that is kept for the next picture: a photograph of five megapixels in RGB. Larger ones
	// are rare, and take so long to decode that fresh pages do not show.
	maxKept = 16 << 20
	// keptEach is how much may be kept for each processor: one such picture, or the stages of some smaller ones.
	keptEach = 16 << 20
)

// scratch keeps working buffers from one picture to the next. A sync.Pool would let go of them at every collection;
// touching fresh pages, and the collections that garbage of this size brings, cost small pictures up to a fifth of their time.
type scratch struct {
	most int // bytes to keep, all together

	mu    sync.Mutex
	kept  [][]byte // the smallest first
	bytes int      // of kept
}

// newScratch keeps no more than a quarter of the bytes that decoded pictures may take.
func newScratch(maxDecoded int64) *scratch {
	return &scratch{most: int(min(keptEach*int64(runtime.GOMAXPROCS(0)), maxDecoded/4))}
}

// borrow returns size bytes of anything, in the smallest buffer that has them.
func (s *scratch) borrow(size int) []byte {
	if buf := s.fitting(size); buf != nil {
		return buf[:size]
	}
	return make([]byte, rounded(size))[:size]
}

func (s *scratch) fitting(size int) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.place(size)
	if i == len(s.kept) {
		return nil
	}
	buf := s.kept[i]
	s.kept = slices.Delete(s.kept, i, i+1)
	s.bytes -= cap(buf)
	return buf
}

// place is where the first buffer of that size stands or would.
func (s *scratch) place(size int) int {
	i, _ := slices.BinarySearchFunc(s.kept, size, func(buf []byte, size int) int { return cap(buf) - size })
	return i
}

// giveBack keeps buf. Where that is too much, the largest buffers go, as so many bytes of garbage: large pictures are rarer,
// and miss them less.
func (s *scratch) giveBack(buf []byte) (garbage int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = slices.Insert(s.kept, s.place(cap(buf)), buf)
	s.bytes += cap(buf)
	for s.bytes > s.most {
		last := len(s.kept) - 1
		s.bytes -= cap(s.kept[last])
		garbage += int64(cap(s.kept[last]))
		s.kept = slices.Delete(s.kept, last, last+1)
	}
	return garbage
}

// rounded takes sizes up to the next of four steps to each power of two, so that buffers of few sizes serve all pictures.
func rounded(size int) int {
	step := 1 << max(bits.Len(uint(size))-3, 12)
	return (size + step - 1) / step * step
}
