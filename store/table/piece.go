package table

import (
	"errors"
	"io"
	"slices"
	"sync"
)

// piece reads a span of a file at once when its first byte is asked for, and keeps it. It is safe for concurrent use.
type piece struct {
	span
	r io.ReaderAt

	mu   sync.Mutex
	held []byte // guarded by mu; once it is there it stays as it is
}

// ReadAt implements io.ReaderAt. What is not in the span is read as it is asked for.
func (p *piece) ReadAt(b []byte, at int64) (int, error) {
	if !p.holds(at, int64(len(b))) {
		return p.r.ReadAt(b, at)
	}
	held, err := p.load()
	if err != nil {
		return 0, err
	}
	return copy(b, held[at-p.at:]), nil
}

func (p *piece) load() ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held == nil {
		held := make([]byte, p.size())
		if err := readFull(p.r, held, p.at); err != nil {
			return nil, err
		}
		p.held = held
	}
	return p.held, nil
}

func readFull(r io.ReaderAt, b []byte, at int64) error {
	if n, err := r.ReadAt(b, at); n < len(b) {
		return errors.Join(err, io.ErrUnexpectedEOF)
	}
	return nil
}

// window reads a span of a file from front to back, size bytes at once, which double up to most while the reader
// goes on where the window ends. It is for one goroutine.
type window struct {
	span
	r          io.ReaderAt
	size, most int64
	from       int64 // of what is held, in the file
	held       []byte
}

// ReadAt implements io.ReaderAt.
func (w *window) ReadAt(b []byte, at int64) (int, error) {
	n := 0
	for n < len(b) {
		if off := at + int64(n) - w.from; off >= 0 && off < int64(len(w.held)) {
			n += copy(b[n:], w.held[off:])
			continue
		}
		rest, pos := b[n:], at+int64(n)
		if size := w.next(pos); int64(len(rest)) >= size {
			m, err := w.r.ReadAt(rest, pos) // a window would hold no more
			w.from, w.held = pos+int64(m), w.held[:0]
			return n + m, err
		} else if err := w.load(pos, size); err != nil {
			return n, err
		}
	}
	return n, nil
}

// next is how much to read from pos on: 0 outside of the span.
func (w *window) next(pos int64) int64 {
	if !w.holds(pos, 0) {
		return 0
	}
	if pos == w.from+int64(len(w.held)) && w.from > 0 {
		w.size = min(2*w.size, w.most)
	}
	return min(w.size, w.end-pos)
}

// load replaces what is held. Callers have copied what they took, so the memory is the same.
func (w *window) load(pos, size int64) error {
	w.held = slices.Grow(w.held[:0], int(size))[:size]
	err := readFull(w.r, w.held, pos)
	if err != nil {
		w.held = w.held[:0]
	}
	w.from = pos
	return err
}
