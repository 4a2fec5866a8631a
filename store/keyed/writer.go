package keyed

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Writer writes a file. It is for one goroutine, and holds a block and a filter.
type Writer struct {
	to   io.Writer
	tail tail
	at   int64
	last Key
	raw  []byte // the block's entries
	keys []Key  // of the segment
	err  error  // of the first write that did not succeed; the file is lost
}

// NewWriter starts a file.
func NewWriter(w io.Writer) *Writer { return &Writer{to: w} }

// Keys is how many keys were added.
func (w *Writer) Keys() int64 { return int64(w.tail.keys) }

// Add adds a value. Each key must be larger than the one before.
func (w *Writer) Add(k Key, value []byte) error {
	if w.err != nil {
		return w.err
	}
	if w.tail.keys > 0 && bytes.Compare(k[:], w.last[:]) <= 0 {
		w.err = fmt.Errorf("key %x comes after %x", k, w.last)
		return w.err
	}
	if len(w.keys) == segmentKeys {
		w.flush()
		w.endSegment()
	}
	if len(w.raw) == 0 {
		if len(w.keys) == 0 {
			w.tail.segments = append(w.tail.segments, segment{block: len(w.tail.blocks)})
		}
		w.tail.blocks = append(w.tail.blocks, block{k, w.at})
	}
	w.raw = append(w.raw, k[:]...)
	w.raw = binary.AppendUvarint(w.raw, uint64(len(value)))
	w.raw = append(w.raw, value...)
	w.keys, w.last = append(w.keys, k), k
	w.tail.keys++
	if len(w.raw) >= blockBytes {
		w.flush()
	}
	return w.err
}

// flush writes the block.
func (w *Writer) flush() {
	if len(w.raw) > 0 {
		w.write(encoder.EncodeAll(w.raw, nil))
		w.raw = w.raw[:0]
	}
}

func (w *Writer) endSegment() {
	f := make(filter, len(w.keys))
	for _, k := range w.keys {
		f.add(k)
	}
	w.tail.segments[len(w.tail.segments)-1].filter = f
	w.keys = w.keys[:0]
}

func (w *Writer) write(b []byte) {
	if w.err == nil {
		var n int
		n, w.err = w.to.Write(b)
		w.at += int64(n)
	}
}

var errClosed = errors.New("keyed writer is closed")

// Close ends the file. Without it there is none.
func (w *Writer) Close() error {
	if w.err != nil {
		return w.err
	}
	w.flush()
	if len(w.keys) > 0 {
		w.endSegment()
	}
	w.tail.end = w.at
	end := encoder.EncodeAll(w.tail.encode(), nil)
	w.write(end)
	footer := binary.LittleEndian.AppendUint64(nil, uint64(w.tail.end))
	footer = binary.LittleEndian.AppendUint64(footer, uint64(len(end)))
	w.write(append(footer, magic...))
	err := w.err
	w.err = errClosed
	return err
}
