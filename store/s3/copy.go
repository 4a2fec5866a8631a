package s3

import (
	"context"
	"errors"
	"fmt"

	"github.com/minio/minio-go/v7"

	"pairmill/schemas"
	"pairmill/store"
)

// Copy implements store.Copier.
func (s *Store) Copy(ctx context.Context, from, to string) error {
	path, err := s.path(ctx, to)
	if err == nil {
		err = s.copy(ctx, from, path)
	}
	if err != nil {
		return fmt.Errorf("copy %s to %s: %w", from, to, s.explain(err))
	}
	return nil
}

func (s *Store) copy(ctx context.Context, from, path string) error {
	opened, err := s.Open(ctx, from)
	if err != nil {
		return err
	}
	defer opened.Close()
	o := opened.(*object)
	c := source{object: o}
	known := c.sum.UnmarshalText([]byte(o.stat.UserMetadata[sumKey])) == nil
	if !known {
		if c.sum, _, err = store.HashOf(ctx, o); err != nil {
			return err
		}
	}
	if !known || o.info.Size <= headSize {
		return s.put(ctx, path, c)
	}
	if err := s.writable(ctx); err != nil {
		return err
	}
	err = s.do(ctx, func(ctx context.Context) error {
		if err := s.compare(ctx, path, c); err == nil || errors.Is(err, store.ErrConflict) {
			return err
		}
		return s.copyOnce(ctx, path, c)
	})
	if code(err) == "NotImplemented" {
		return s.put(ctx, path, c)
	}
	return err
}

// source is an open object on its way to another key.
type source struct {
	*object
	sum schemas.Hash
}

// Size implements store.Blob.
func (c source) Size() int64 { return c.info.Size }

// SHA256 implements store.Blob.
func (c source) SHA256() schemas.Hash { return c.sum }

// copyOnce makes one attempt: an upload whose only part is the object that is there.
func (s *Store) copyOnce(ctx context.Context, path string, c source) error {
	opts := minio.PutObjectOptions{UserMetadata: map[string]string{sumKey: c.sum.String()}}
	id, err := s.client.NewMultipartUpload(ctx, s.cfg.Bucket, path, opts)
	if err != nil {
		return err
	}
	err = s.copyPart(ctx, path, id, c)
	if err != nil {
		s.abort(ctx, path, id)
	}
	if code(err) == "PreconditionFailed" {
		err = s.compare(ctx, path, c)
		if code(err) == "NoSuchKey" {
			return errVanished
		}
	}
	return err
}

func (s *Store) copyPart(ctx context.Context, path, id string, c source) error {
	b := s.cfg.Bucket
	unchanged := map[string]string{"x-amz-copy-source-if-match": c.stat.ETag}
	part, err := s.client.CopyObjectPart(ctx, b, c.path, b, path, id, 1, 0, c.info.Size, unchanged)
	if err != nil {
		return err
	}
	var opts minio.PutObjectOptions
	opts.SetMatchETagExcept("*")
	_, err = s.client.CompleteMultipartUpload(ctx, b, path, id, []minio.CompletePart{part}, opts)
	return err
}

// abort gives an upload's space back, also when ctx has ended. When it fails, the bucket's lifecycle rule has to.
func (s *Store) abort(ctx context.Context, path, id string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.Stall)
	defer cancel()
	_ = s.client.AbortMultipartUpload(ctx, s.cfg.Bucket, path, id)
}
