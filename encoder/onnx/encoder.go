package onnx

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"pairmill/encoder"
)

// Encoder runs a model. It is safe for concurrent use.
type Encoder struct {
	info   encoder.Info
	images *tower[encoder.Pixels]
	texts  *tower[string]

	mu     sync.RWMutex // held for reading by calls, for writing by Close
	closed bool
}

var _ encoder.Encoder = (*Encoder)(nil)

// Open reads the model in fsys (an os.DirFS, an embed.FS) and loads it. The files are not needed afterwards. The caller
// closes the Encoder. An error says which file or tensor does not fit, or how to get ONNX Runtime.
func Open(fsys fs.FS, cfg Config) (*Encoder, error) {
	cfg = cfg.withDefaults()
	m, err := readModel(fsys, cfg)
	if err != nil {
		return nil, fmt.Errorf("opening the model: %w", err)
	}
	if err := startRuntime(cfg.Library); err != nil {
		return nil, fmt.Errorf("opening the model: %w", err)
	}
	device, err := cfg.device()
	if err != nil {
		return nil, fmt.Errorf("opening the model: %w", err)
	}
	e, err := m.load(cfg, device != CPU)
	switch {
	case err == nil && device != CPU:
		cfg.Log.Info("the model runs on CUDA", "model", m.info.Name)
	case errors.Is(err, errCUDA) && device == Auto:
		cfg.Log.Warn("the model runs on the CPU", "model", m.info.Name, "error", noCUDA(err))
		e, err = m.load(cfg, false)
	case errors.Is(err, errCUDA):
		err = noCUDA(err)
	}
	if err != nil {
		return nil, err
	}
	m.files.vision, m.files.text = nil, nil // the slots keep m; ONNX Runtime has its own copy
	return e, nil
}

// load gives both towers to ONNX Runtime.
func (m *model) load(cfg Config, cuda bool) (e *Encoder, err error) {
	e = &Encoder{info: m.info}
	e.images, err = newTower(m.files.vision, []string{m.image.pixels.name}, m.image.out.name, m.info, cfg, cuda, m.newImageSlot)
	if err != nil {
		return nil, fmt.Errorf("loading %s: %w", m.files.visionPath, err)
	}
	inputs := []string{m.text.ids.name}
	if m.text.mask != nil {
		inputs = append(inputs, m.text.mask.name)
	}
	e.texts, err = newTower(m.files.text, inputs, m.text.out.name, m.info, cfg, cuda, m.newTextSlot)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("loading %s: %w", m.files.textPath, err), e.images.close())
	}
	return e, nil
}

// Info describes the model.
func (e *Encoder) Info() encoder.Info { return e.info }

// EncodeImages preprocesses and encodes pictures.
func (e *Encoder) EncodeImages(ctx context.Context, pictures []encoder.Pixels) ([][]float32, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.closed {
		return nil, encoder.ErrClosed
	}
	for i, p := range pictures {
		if err := p.Validate(); err != nil {
			return nil, &encoder.ItemError{Index: i, Err: err}
		}
	}
	vectors, err := e.images.encode(ctx, pictures)
	if err != nil {
		return nil, fmt.Errorf("encoding %d pictures: %w", len(pictures), err)
	}
	return vectors, nil
}

// EncodeTexts tokenises and encodes texts.
func (e *Encoder) EncodeTexts(ctx context.Context, texts []string) ([][]float32, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.closed {
		return nil, encoder.ErrClosed
	}
	vectors, err := e.texts.encode(ctx, texts)
	if err != nil {
		return nil, fmt.Errorf("encoding %d texts: %w", len(texts), err)
	}
	return vectors, nil
}

// Close waits for running calls and frees the model.
func (e *Encoder) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil
	}
	e.closed = true
	if err := errors.Join(e.images.close(), e.texts.close()); err != nil {
		return fmt.Errorf("closing the model: %w", err)
	}
	return nil
}
