package keyed

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sort"

	"golang.org/x/sync/errgroup"

	"pairmill/store"
)

// File is an open file. It is safe for concurrent use.
type File struct {
	key    string
	object store.Object
	tail   tail
}

// Open opens a file and reads its tail. The caller must Close it.
func Open(ctx context.Context, s store.Store, key string) (*File, error) {
	o, err := s.Open(ctx, key)
	if err != nil {
		return nil, err
	}
	f := &File{key: key, object: o}
	if f.tail, err = readTail(o, o.Info().Size); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", key, err), o.Close())
	}
	return f, nil
}

func readTail(r io.ReaderAt, size int64) (t tail, err error) {
	var footer [footerBytes]byte
	if size < footerBytes {
		return t, fmt.Errorf("%w: %d bytes", errDamaged, size)
	}
	if err := readFull(r, footer[:], size-footerBytes); err != nil {
		return t, err
	}
	at, n := binary.LittleEndian.Uint64(footer[:]), binary.LittleEndian.Uint64(footer[8:])
	if string(footer[16:]) != magic || n > mostTail || at > uint64(size) || at+n+footerBytes != uint64(size) {
		return t, fmt.Errorf("%w: its last bytes are %x", errDamaged, footer)
	}
	packed := make([]byte, n)
	if err := readFull(r, packed, int64(at)); err != nil {
		return t, err
	}
	data, err := decoder.DecodeAll(packed, nil)
	if err != nil {
		return t, fmt.Errorf("%w: tail: %w", errDamaged, err)
	}
	return decodeTail(data, int64(at))
}

func readFull(r io.ReaderAt, b []byte, at int64) error {
	if n, err := r.ReadAt(b, at); n < len(b) {
		return errors.Join(err, io.ErrUnexpectedEOF)
	}
	return nil
}

// Close closes the object.
func (f *File) Close() error { return f.object.Close() }

// Keys is how many keys the file has.
func (f *File) Keys() int64 { return int64(f.tail.keys) }

const (
	reads   = 16       // at a time
	gap     = 64 << 10 // bytes that are rather read along than left out by another request
	mostOne = 1 << 20  // bytes of a request
)

// Find returns the values of keys, which must be sorted; nil where there is none. Values are never nil, empty ones either.
func (f *File) Find(ctx context.Context, keys []Key) ([][]byte, error) {
	out := make([][]byte, len(keys))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(reads)
	for _, r := range f.plan(keys) {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return f.read(r, keys, out)
		})
	}
	if err := g.Wait(); err != nil {
		return nil, fmt.Errorf("look up in %s: %w", f.key, err)
	}
	return out, nil
}

// reading is some blocks that are read at once, and the keys that may be in them.
type reading struct {
	from, to int64
	blocks   []wanted
}

// wanted is a block, and which keys may be in it.
type wanted struct {
	block int
	keys  []int
}

// plan says what to read for keys.
func (f *File) plan(keys []Key) (plan []*reading) {
	for i, k := range keys {
		b := sort.Search(len(f.tail.blocks), func(j int) bool { return bytes.Compare(f.tail.blocks[j].first[:], k[:]) > 0 }) - 1
		if b < 0 || !f.segment(b).has(k) {
			continue
		}
		from, to := f.place(b)
		if n := len(plan); n == 0 || from > plan[n-1].to+gap || to-plan[n-1].from > mostOne && from >= plan[n-1].to {
			plan = append(plan, &reading{from: from})
		}
		r := plan[len(plan)-1]
		if n := len(r.blocks); n == 0 || r.blocks[n-1].block != b {
			r.blocks = append(r.blocks, wanted{block: b})
		}
		w := &r.blocks[len(r.blocks)-1]
		w.keys = append(w.keys, i)
		r.to = to
	}
	return plan
}

func (f *File) segment(block int) filter {
	s := f.tail.segments
	i := sort.Search(len(s), func(j int) bool { return s[j].block > block }) - 1
	if i < 0 {
		return nil
	}
	return s[i].filter
}

func (f *File) place(block int) (from, to int64) {
	to = f.tail.end
	if block+1 < len(f.tail.blocks) {
		to = f.tail.blocks[block+1].at
	}
	return f.tail.blocks[block].at, to
}

func (f *File) read(r *reading, keys []Key, out [][]byte) error {
	packed := make([]byte, r.to-r.from)
	if err := readFull(f.object, packed, r.from); err != nil {
		return err
	}
	for _, w := range r.blocks {
		from, to := f.place(w.block)
		raw, err := decoder.DecodeAll(packed[from-r.from:to-r.from], nil)
		if err != nil {
			return fmt.Errorf("%w: block %d: %w", errDamaged, w.block, err)
		}
		if err := pick(raw, w.keys, keys, out); err != nil {
			return fmt.Errorf("block %d: %w", w.block, err)
		}
	}
	return nil
}

// pick takes the wanted keys' values out of a block. Both are in order.
func pick(raw []byte, want []int, keys []Key, out [][]byte) error {
	for len(raw) > 0 && len(want) > 0 {
		if len(raw) < len(Key{}) {
			return errDamaged
		}
		k := Key(raw)
		n, used := binary.Uvarint(raw[len(k):])
		if raw = raw[len(k)+max(used, 0):]; used <= 0 || n > uint64(len(raw)) {
			return errDamaged
		}
		for len(want) > 0 && bytes.Compare(keys[want[0]][:], k[:]) < 0 {
			want = want[1:]
		}
		for len(want) > 0 && keys[want[0]] == k {
			out[want[0]] = append(make([]byte, 0, n), raw[:n]...)
			want = want[1:]
		}
		raw = raw[n:]
	}
	return nil
}
