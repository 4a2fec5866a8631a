package fetch

import (
	"math/bits"
	"sync"
)

// Buffers of bodies are used again: a fresh one is cleared and faulted in page by page, and pictures would be the most of
// what the collector has to do. They come in sizes a quarter of a power of two apart, so that what one body leaves fits
// another, and at most a fifth of it is unused.
const (
	leastBuffer = 1 << leastPower
	mostBuffer  = 1 << mostPower // larger bodies are rare, and their buffers are made for them
	leastPower  = 12
	mostPower   = 24
	bufferSizes = 4*(mostPower-leastPower) + 1
)

// keptBuffers is how many bytes wait for the next bodies: what is between the many that come and the many that go at any
// moment. Past it the largest are left to the collector.
const keptBuffers = 64 << 20

// buffers keeps what bodies have left. The zero value is empty. A sync.Pool would let go of them at every collection.
type buffers struct {
	mu    sync.Mutex
	kept  [bufferSizes][][]byte // of each size; the one that came last goes first, as it may still be in the caches
	bytes int64
}

// bufferSize is the capacity of the buffer that n bytes get.
func bufferSize(n int64) int64 {
	switch {
	case n <= leastBuffer:
		return leastBuffer
	case n > mostBuffer:
		return n
	}
	step := int64(1) << (bits.Len64(uint64(n-1)) - 3)
	return (n + step - 1) &^ (step - 1)
}

// bufferIndex is where buffers of a size are kept: four places for each power of two. ok is false for those that are not.
func bufferIndex(size int64) (i int, ok bool) {
	if size > mostBuffer || size != bufferSize(size) {
		return 0, false
	}
	power := bits.Len64(uint64(size - 1)) // the next one up
	quarter := (size - 1<<(power-1)) >> (power - 3)
	return 4*(power-leastPower-1) + int(quarter), true
}

// get returns an empty buffer of bufferSize(n); what lies in its capacity is anything.
func (b *buffers) get(n int64) []byte {
	size := bufferSize(n)
	if i, ok := bufferIndex(size); ok {
		if buf := b.last(i); buf != nil {
			return buf
		}
	}
	return make([]byte, 0, size)
}

func (b *buffers) last(i int) []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.kept[i]) == 0 {
		return nil
	}
	return b.pop(i)
}

// put takes back a buffer that get returned. Nobody may use it any more.
func (b *buffers) put(buf []byte) {
	i, ok := bufferIndex(int64(cap(buf)))
	if !ok {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.kept[i] = append(b.kept[i], buf[:0])
	b.bytes += int64(cap(buf))
	for i := bufferSizes - 1; b.bytes > keptBuffers; {
		if len(b.kept[i]) == 0 {
			i--
			continue
		}
		b.pop(i)
	}
}

// pop takes the last buffer of a size off the list. The caller holds the lock.
func (b *buffers) pop(i int) []byte {
	n := len(b.kept[i]) - 1
	buf := b.kept[i][n]
	b.kept[i][n] = nil
	b.kept[i] = b.kept[i][:n]
	b.bytes -= int64(cap(buf))
	return buf
}
