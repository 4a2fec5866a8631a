package onnx

import (
	"context"
	"errors"
	"fmt"

	ort "github.com/yalue/onnxruntime_go"

	"pairmill/encoder"
)

// slot is the memory of one run: the inputs' tensors, the output's, and what fills a row of the inputs.
type slot[T any] struct {
	inputs []ort.Value
	out    *floats
	fill   func(row int, item T) error // called for different rows at once
	blank  func(row int)               // makes a row of padding
	ready  func()                      // called once when all rows are filled
}

func (s *slot[T]) destroy() error {
	var errs []error
	for _, v := range append(s.inputs, s.out.value) {
		errs = append(errs, v.Destroy())
	}
	return errors.Join(errs...)
}

// tower runs one graph on batches of one shape. Up to cap(runs) runs happen at a time; there is one slot more, so that a
// batch can be filled while another runs.
type tower[T any] struct {
	session *ort.DynamicAdvancedSession
	batch   int
	dim     int
	slots   chan *slot[T]
	runs    chan struct{}
}

// newTower loads a graph. inputs and output name the tensors in the order of a slot's.
func newTower[T any](model []byte, inputs []string, output string, info encoder.Info, cfg Config, cuda bool,
	newSlot func() (*slot[T], error)) (*tower[T], error) {
	session, err := newSession(model, inputs, output, cfg, cuda)
	if err != nil {
		return nil, err
	}
	t := &tower[T]{session: session, batch: info.BatchSize, dim: info.Dim,
		slots: make(chan *slot[T], cfg.Concurrency+1), runs: make(chan struct{}, cfg.Concurrency)}
	for range cap(t.slots) {
		s, err := newSlot()
		if err != nil {
			return nil, errors.Join(err, t.close())
		}
		t.slots <- s
	}
	return t, nil
}

func newSession(model []byte, inputs []string, output string, cfg Config, cuda bool) (*ort.DynamicAdvancedSession, error) {
	options, err := ort.NewSessionOptions()
	if err != nil {
		return nil, err
	}
	defer options.Destroy()
	err = errors.Join(
		options.SetIntraOpNumThreads(cfg.Threads),
		options.SetInterOpNumThreads(1),
		// Idle threads would otherwise spin, at the cost of whoever decodes pictures on the same cores.
		options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0"),
	)
	if err != nil {
		return nil, err
	}
	if !cuda {
		return ort.NewDynamicAdvancedSessionWithONNXData(model, inputs, []string{output}, options)
	}
	defer keepSignals()()
	if err := onCUDA(options); err != nil {
		return nil, fmt.Errorf("%w: %w", errCUDA, err)
	}
	session, err := ort.NewDynamicAdvancedSessionWithONNXData(model, inputs, []string{output}, options)
	if err != nil { // a driver that is not there is found out here
		return nil, fmt.Errorf("%w: %w", errCUDA, err)
	}
	return session, nil
}

// close frees everything. No call may be under way.
func (t *tower[T]) close() error {
	errs := []error{t.session.Destroy()}
	for len(t.slots) > 0 {
		errs = append(errs, (<-t.slots).destroy())
	}
	return errors.Join(errs...)
}

// encode runs items batch by batch.
func (t *tower[T]) encode(ctx context.Context, items []T) ([][]float32, error) {
	out := make([][]float32, 0, len(items))
	for start := 0; start < len(items); start += t.batch {
		vectors, err := t.encodeBatch(ctx, items[start:min(start+t.batch, len(items))])
		var item *encoder.ItemError
		if errors.As(err, &item) {
			return nil, &encoder.ItemError{Index: start + item.Index, Err: item.Err}
		}
		if err != nil {
			return nil, err
		}
		out = append(out, vectors...)
	}
	return out, ctx.Err()
}

func (t *tower[T]) encodeBatch(ctx context.Context, items []T) ([][]float32, error) {
	var s *slot[T]
	select {
	case s = <-t.slots:
		defer func() { t.slots <- s }() // has room: the slot came from there
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if err := fillRows(s, items, t.batch); err != nil {
		return nil, err
	}
	select {
	case t.runs <- struct{}{}:
		defer func() { <-t.runs }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if err := t.run(ctx, s); err != nil {
		return nil, err
	}
	s.out.load()
	return t.unitVectors(s.out.values, len(items))
}

// run runs the graph and breaks off when ctx ends; one batch of a large model can take a minute on a CPU.
func (t *tower[T]) run(ctx context.Context, s *slot[T]) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	options, err := ort.NewRunOptions()
	if err != nil {
		return err
	}
	defer options.Destroy()
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		options.Terminate() // its only error is a missing function in the library; the run then just ends by itself
	})
	err = t.session.RunWithOptions(s.inputs, []ort.Value{s.out.value}, options)
	if !stop() {
		<-stopped
		return ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("running the model: %w", err)
	}
	return nil
}

// unitVectors copies the first n rows and scales them to length 1.
func (t *tower[T]) unitVectors(values []float32, n int) ([][]float32, error) {
	copied := append([]float32(nil), values[:n*t.dim]...)
	out := make([][]float32, n)
	for i := range out {
		out[i] = copied[i*t.dim : (i+1)*t.dim : (i+1)*t.dim]
		if err := encoder.Normalize(out[i]); err != nil {
			return nil, &encoder.ItemError{Index: i, Err: err}
		}
	}
	return out, nil
}
