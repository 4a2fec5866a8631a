package imaging

// loan is the memory that one picture works in; nothing in it outlives giveBack. A nil loan allocates.
type loan struct {
	from    *scratch
	lent    [][]byte
	garbage int64 // bytes that were too large to be kept
}

func (s *scratch) lend() *loan { return &loan{from: s} }

// bytes returns n bytes of anything.
func (l *loan) bytes(n int) []byte {
	if l == nil {
		return make([]byte, n)
	}
	if n > maxKept {
		l.garbage += int64(n)
		return make([]byte, n)
	}
	buf := l.from.borrow(n)
	l.lent = append(l.lent, buf)
	return buf
}

// pixels returns a picture of any colours.
func (l *loan) pixels(w, h int) *Pixels { return &Pixels{W: w, H: h, Pix: l.bytes(w * h * 3)} }

func (l *loan) white(w, h int) *Pixels {
	p := l.pixels(w, h)
	for i := range p.Pix {
		p.Pix[i] = 255
	}
	return p
}

// giveBack says how many bytes are left to the collector.
func (l *loan) giveBack() (garbage int64) {
	for _, buf := range l.lent {
		l.garbage += l.from.giveBack(buf)
	}
	l.lent = nil
	return l.garbage
}
