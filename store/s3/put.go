package s3

import (
	"context"
	"errors"
	"fmt"

	"github.com/minio/minio-go/v7"

	"pairmill/schemas"
	"pairmill/store"
)

// maxPut is how much S3 takes in one PUT. Multipart uploads could take more, but their sha256 is not that of the whole.
const maxPut = 5 << 30

// lookFirst is the size from which it pays to ask, before each attempt, whether the object is there: its bytes are
// not sent again, and a server that answers and hangs up before it has read them all is understood.
const lookFirst = 1 << 20

// sumKey is the metadata that holds an object's sha256, in hex; on the wire x-amz-meta-sha256.
const sumKey = "Sha256"

// Put implements store.Store. The blob is not read after Put returned.
func (s *Store) Put(ctx context.Context, key string, b store.Blob) (store.Info, error) {
	path, err := s.path(ctx, key)
	if err == nil {
		err = s.put(ctx, path, b)
	}
	if err != nil {
		return store.Info{}, fmt.Errorf("put %s: %w", key, s.explain(err))
	}
	return store.Info{Key: key, Size: b.Size()}, nil
}

func (s *Store) put(ctx context.Context, path string, b store.Blob) error {
	if err := s.sendable(ctx, b); err != nil {
		return err
	}
	return s.do(ctx, func(ctx context.Context) error {
		if b.Size() >= lookFirst {
			// An answer that tells nothing is no reason to stop: the PUT gets a better one.
			if err := s.compare(ctx, path, b); err == nil || errors.Is(err, store.ErrConflict) {
				return err
			}
		}
		return s.create(ctx, path, b)
	})
}

// sendable tells whether a blob can be sent at all.
func (s *Store) sendable(ctx context.Context, b store.Blob) error {
	if b.Size() > maxPut {
		return fmt.Errorf("%d bytes, and S3 takes %d (5 GiB) in one PUT: make shards smaller", b.Size(), int64(maxPut))
	}
	return s.writable(ctx)
}

// create makes one attempt.
func (s *Store) create(ctx context.Context, path string, b store.Blob) error {
	body, err := newBody(ctx, b)
	if err != nil {
		return permanent{err}
	}
	err = s.send(ctx, path, body, true)
	if fault := body.stop(); fault != nil {
		return fault
	}
	if code(err) == "PreconditionFailed" {
		err = s.compare(ctx, path, b)
		if code(err) == "NoSuchKey" {
			return errVanished
		}
	}
	return err
}

// send makes one PUT; create asks the server to refuse it where an object stands already.
func (s *Store) send(ctx context.Context, path string, r *body, create bool) error {
	opts := minio.PutObjectOptions{
		UserMetadata:         map[string]string{sumKey: r.blob.SHA256().String()},
		DisableContentSha256: true, // the library's own, chunk by chunk; the whole body's is signed instead
		DisableMultipart:     true,
	}
	if create {
		opts.SetMatchETagExcept("*")
	}
	_, err := s.client.PutObject(ctx, s.cfg.Bucket, path, r, r.blob.Size(), "", r.blob.SHA256().String(), opts)
	return err
}

// content is what compare wants to know of a blob.
type content interface {
	Size() int64
	SHA256() schemas.Hash
}

// compare returns nil when the object has the blob's content, and store.ErrConflict when it has another.
func (s *Store) compare(ctx context.Context, path string, b content) error {
	there, err := s.client.StatObject(ctx, s.cfg.Bucket, path, minio.StatObjectOptions{})
	if err != nil {
		return err
	}
	sum := there.UserMetadata[sumKey]
	switch {
	case there.Size == b.Size() && sum == b.SHA256().String():
		return nil
	case there.Size != b.Size() && sum == b.SHA256().String():
		return permanent{fmt.Errorf("%w: it has %d bytes of the same %d: the server stored an upload that was cut off; delete it",
			store.ErrConflict, there.Size, b.Size())}
	case there.Size != b.Size() || sum != "":
		return permanent{store.ErrConflict}
	}
	return s.compareContent(ctx, path, b)
}

// compareContent reads an object that carries no sha256.
func (s *Store) compareContent(ctx context.Context, path string, b content) error {
	r, _, _, err := s.client.GetObject(ctx, s.cfg.Bucket, path, minio.GetObjectOptions{})
	if err != nil {
		return err
	}
	defer r.Close()
	sum, _, err := store.HashOf(ctx, r)
	if err != nil {
		return err
	}
	if sum != b.SHA256() {
		return permanent{store.ErrConflict}
	}
	return nil
}
