package keyed

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// Key is what a value is found by. All of its bytes but the first four must be a hash's.
type Key [16]byte

const (
	blockBytes  = 32 << 10 // before compression
	segmentKeys = 1 << 16  // that share a filter
	filterTries = 5        // bits of a key; with eight bits for each key, 2.2 % of all others have them by chance
	entryBytes  = 16 + 8   // of a block in the tail
	footerBytes = 8 + 8 + 8
	magic       = "PMKEYED1"
	mostTail    = 8 << 30 // bytes of a tail: six billion keys
)

// errDamaged is a file that is not what a Writer has written.
var errDamaged = errors.New("no keyed file, or a damaged one")

// Both are safe for concurrent use of what works on a whole frame.
var (
	encoder = must(zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1)))
	decoder = must(zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(mostTail)))
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err) // options that cannot be
	}
	return v
}

// filter is a Bloom filter. Its size is the number of keys that it was made for, in bytes.
type filter []byte

func (f filter) bits(k Key, each func(i uint64) bool) bool {
	a, b := uint64(binary.LittleEndian.Uint32(k[4:])), uint64(binary.LittleEndian.Uint32(k[8:])|1)
	for i := range uint64(filterTries) {
		if !each((a + i*b) % (8 * uint64(len(f)))) {
			return false
		}
	}
	return true
}

func (f filter) add(k Key) {
	f.bits(k, func(i uint64) bool { f[i/8] |= 1 << (i % 8); return true })
}

func (f filter) has(k Key) bool {
	return len(f) > 0 && f.bits(k, func(i uint64) bool { return f[i/8]&(1<<(i%8)) != 0 })
}

// block is where entries stand: from first on, in the bytes from at up to the next block's.
type block struct {
	first Key
	at    int64
}

// segment is a run of blocks that share a filter.
type segment struct {
	block  int // its first
	filter filter
}

// tail is what an open file keeps.
type tail struct {
	keys     uint64
	end      int64 // of the last block
	blocks   []block
	segments []segment
}

func (t *tail) encode() []byte {
	le := binary.LittleEndian
	out := le.AppendUint64(nil, t.keys)
	out = le.AppendUint64(out, uint64(t.end))
	out = le.AppendUint64(out, uint64(len(t.blocks)))
	for _, b := range t.blocks {
		out = le.AppendUint64(append(out, b.first[:]...), uint64(b.at))
	}
	for _, s := range t.segments {
		out = le.AppendUint64(out, uint64(s.block))
		out = le.AppendUint64(out, uint64(len(s.filter)))
		out = append(out, s.filter...)
	}
	return out
}

// decodeTail holds what it reads against itself, and against the place at which the tail stands.
func decodeTail(data []byte, at int64) (t tail, err error) {
	next := func(n uint64) []byte {
		if n > uint64(len(data)) {
			err = fmt.Errorf("%w: the tail ends early", errDamaged)
			return make([]byte, min(n, entryBytes))
		}
		part := data[:n]
		data = data[n:]
		return part
	}
	number := func() uint64 { return binary.LittleEndian.Uint64(next(8)) }
	t.keys, t.end = number(), int64(number())
	n := number()
	if err != nil || n > uint64(len(data))/entryBytes || t.end != at {
		return t, errors.Join(err, fmt.Errorf("%w: %d blocks up to %d in a tail at %d", errDamaged, n, t.end, at))
	}
	last := int64(0)
	for range n {
		var b block
		copy(b.first[:], next(16))
		if b.at = int64(number()); b.at < last || b.at > t.end {
			return t, fmt.Errorf("%w: block %d at %d", errDamaged, len(t.blocks), b.at)
		}
		last = b.at
		t.blocks = append(t.blocks, b)
	}
	for len(data) > 0 && err == nil {
		s := segment{block: int(number())}
		s.filter = next(number())
		if s.block < 0 || s.block >= len(t.blocks) || len(t.segments) > 0 && s.block < t.segments[len(t.segments)-1].block {
			return t, fmt.Errorf("%w: segment %d begins with block %d of %d", errDamaged, len(t.segments), s.block, n)
		}
		t.segments = append(t.segments, s)
	}
	return t, err
}
