package s3

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"os"
	"sync"

	"pairmill/schemas"
	"pairmill/store"
)

// body is a blob on its way out, for one attempt. It holds its last bytes back until all of them have the announced
// sha256, so what lies about itself is never sent whole. It is no io.Seeker, so that the client library cannot send
// it again by itself. HTTP's own goroutine may still read it when the request has returned; stop ends that.
type body struct {
	ctx  context.Context
	blob store.Blob

	mu   sync.Mutex
	off  int64     // guarded by mu
	hash hash.Hash // guarded by mu; of what came before off
	err  error     // guarded by mu; what ended the reading
}

// newBody wants a blob that is as long as it says, so that the part that is there is not sent for nothing: a server
// that looks only at the sha256 of what arrives could take it for the whole.
func newBody(ctx context.Context, b store.Blob) (*body, error) {
	r := &body{ctx: ctx, blob: b, hash: sha256.New()}
	if b.Size() == 0 {
		return r, r.verify()
	}
	if n, err := b.ReadAt(make([]byte, 1), b.Size()-1); n == 0 && err == io.EOF {
		return nil, fmt.Errorf("%w: it is shorter than the %d bytes announced", store.ErrMismatch, b.Size())
	}
	return r, nil
}

// Read implements io.Reader.
func (r *body) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return 0, r.err
	}
	if r.off == r.blob.Size() {
		return 0, io.EOF
	}
	n, err := r.blob.ReadAt(p[:min(int64(len(p)), r.blob.Size()-r.off)], r.off)
	r.hash.Write(p[:n])
	r.off += int64(n)
	switch {
	case r.ctx.Err() != nil: // the server would store what nobody waits for
		r.err = r.ctx.Err()
	case r.off == r.blob.Size():
		r.err = r.verify()
	case err == io.EOF:
		r.err = fmt.Errorf("%w: %d bytes, announced %d", store.ErrMismatch, r.off, r.blob.Size())
	default:
		r.err = err
	}
	if r.err != nil {
		return 0, r.err
	}
	return n, nil
}

// verify holds what was read against what was announced.
func (r *body) verify() error {
	if sum := schemas.Hash(r.hash.Sum(nil)); sum != r.blob.SHA256() {
		return fmt.Errorf("%w: sha256 %s, announced %s", store.ErrMismatch, sum, r.blob.SHA256())
	}
	return nil
}

// stop ends the reading and returns what had ended it before, if the blob was at fault: nothing reads the blob afterwards.
func (r *body) stop() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := r.err
	r.err = os.ErrClosed
	if err != nil {
		return permanent{err}
	}
	return nil
}
