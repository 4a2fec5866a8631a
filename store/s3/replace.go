package s3

import (
	"context"
	"fmt"

	"pairmill/store"
)

// Replace implements store.Replacer: a signed PUT without a condition. It says nothing of what stands there, and needs to
// know nothing of it: a damaged object has the metadata of the whole one, so only reading it would tell.
func (s *Store) Replace(ctx context.Context, key string, b store.Blob) error {
	path, err := s.path(ctx, key)
	if err == nil {
		err = s.sendable(ctx, b)
	}
	if err == nil {
		err = s.do(ctx, func(ctx context.Context) error { return s.overwrite(ctx, path, b) })
	}
	if err != nil {
		return fmt.Errorf("replace %s: %w", key, s.explain(err))
	}
	return nil
}

// overwrite makes one attempt.
func (s *Store) overwrite(ctx context.Context, path string, b store.Blob) error {
	body, err := newBody(ctx, b)
	if err != nil {
		return permanent{err}
	}
	err = s.send(ctx, path, body, false)
	if fault := body.stop(); fault != nil {
		return fault
	}
	return err
}
