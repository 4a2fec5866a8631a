package onnx

import (
	"runtime"

	ort "github.com/yalue/onnxruntime_go"
	"golang.org/x/sync/errgroup"

	"pairmill/encoder"
	"pairmill/encoder/clip"
)

// fillRows writes the items into a slot, several at a time, and pads the rest.
func fillRows[T any](s *slot[T], items []T, batch int) error {
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, item := range items {
		g.Go(func() error {
			if err := s.fill(i, item); err != nil {
				return &encoder.ItemError{Index: i, Err: err}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for i := len(items); i < batch; i++ {
		s.blank(i)
	}
	s.ready()
	return nil
}

// newImageSlot makes the tensors of one run of the image tower.
func (m *model) newImageSlot() (*slot[encoder.Pixels], error) {
	batch, side, size := m.info.BatchSize, int64(m.info.ImageSide), m.preprocess.Len()
	in, err := newFloats(m.image.pixels.elem, int64(batch), 3, side, side)
	if err != nil {
		return nil, err
	}
	out, err := newFloats(m.image.out.elem, int64(batch), int64(m.info.Dim))
	if err != nil {
		return nil, err
	}
	return &slot[encoder.Pixels]{
		inputs: []ort.Value{in.value},
		out:    out,
		fill: func(row int, p encoder.Pixels) error {
			return m.preprocess.Fill(in.values[row*size:(row+1)*size], p)
		},
		blank: func(row int) { clear(in.values[row*size : (row+1)*size]) },
		ready: in.store,
	}, nil
}

// newTextSlot makes the tensors of one run of the text tower.
func (m *model) newTextSlot() (*slot[string], error) {
	batch, context := m.info.BatchSize, m.info.ContextLength
	ids, err := newIntegers(m.text.ids.elem, batch, context)
	if err != nil {
		return nil, err
	}
	s := &slot[string]{inputs: []ort.Value{ids.value}, ready: func() {}}
	if s.out, err = newFloats(m.text.out.elem, int64(batch), int64(m.info.Dim)); err != nil {
		return nil, err
	}
	mask := &integers{}
	if m.text.mask != nil {
		if mask, err = newIntegers(m.text.mask.elem, batch, context); err != nil {
			return nil, err
		}
		s.inputs = append(s.inputs, mask.value)
	}
	s.fill = func(row int, text string) error {
		n, start := 0, row*context
		if ids.wide != nil {
			n = clip.Fill(m.tokenizer, ids.wide[start:], text)
		} else {
			n = clip.Fill(m.tokenizer, ids.narrow[start:], text)
		}
		if mask.value != nil {
			mask.ones(start, n, context)
		}
		return nil
	}
	s.blank = func(row int) { s.fill(row, "") } // an empty text never fails
	return s, nil
}
