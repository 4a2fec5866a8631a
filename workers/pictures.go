package workers

import (
	"context"
	"io"

	"pairmill/imaging"
)

// Pictures turns downloaded bytes into the bytes of a sample; *imaging.Processor is one.
type Pictures interface {
	Process(data []byte, blur ...imaging.Box) (imaging.Result, error)
}

// Sandbox is Pictures in other processes.
type Sandbox interface {
	Pictures
	io.Closer
}

// pictures returns what decodes for a job. A job that was tried before may have taken its process with it: from the second
// attempt on, pictures are decoded in processes of their own, so that a crash costs one picture and names it.
func (h *Handlers) pictures(ctx context.Context, run *Run) (Pictures, error) {
	if h.deps.OpenSandbox == nil || attemptOf(ctx) < 2 && !h.deps.Sandboxed {
		return run.Images, nil
	}
	return h.runs.sandbox(imagingConfig(run.Spec.Image))
}

// sandbox opens the sandbox for some pictures once in a process.
func (r *Runs) sandbox(cfg imaging.Config) (Pictures, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s, ok := r.sandboxes[cfg]; ok {
		return s, nil
	}
	s, err := r.deps.OpenSandbox(cfg)
	if err == nil {
		r.sandboxes[cfg] = s
	}
	return s, err
}
