package imaging

import (
	"encoding/binary"
	"iter"
)

// boxes yields the boxes of an ISO base media file (ISO/IEC 14496-12, 4.2) with their bodies. One that runs past the
// end is left out, and ends the walk.
func boxes(b []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		for len(b) >= 8 {
			head, size := uint64(8), uint64(binary.BigEndian.Uint32(b))
			switch {
			case size == 0:
				size = uint64(len(b))
			case size == 1 && len(b) >= 16:
				head, size = 16, binary.BigEndian.Uint64(b[8:])
			}
			if size < head || size > uint64(len(b)) {
				return
			}
			if !yield(string(b[4:8]), b[head:size]) {
				return
			}
			b = b[size:]
		}
	}
}

// boxAt follows a path of box types, the first of each name. A missing box is nil.
func boxAt(b []byte, path ...string) []byte {
	for _, name := range path {
		var found []byte
		for id, body := range boxes(b) {
			if id == name {
				found = body
				break
			}
		}
		if b = found; b == nil {
			return nil
		}
		if name == "meta" || name == "iref" {
			b = b[min(4, len(b)):] // version and flags, before the boxes inside
		}
	}
	return b
}

// fields reads big-endian numbers one after the other. Past the end it gives zeros and remembers.
type fields struct {
	b     []byte
	short bool
}

// next reads n bytes, 0 to 8.
func (f *fields) next(n int) (v uint64) {
	if n > len(f.b) {
		f.b, f.short = nil, true
		return 0
	}
	for _, c := range f.b[:n] {
		v = v<<8 | uint64(c)
	}
	f.b = f.b[n:]
	return v
}

// pick reads 4 bytes where the box is of a later version, else 2.
func (f *fields) pick(wide bool) uint64 {
	if wide {
		return f.next(4)
	}
	return f.next(2)
}
