package s3

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"unicode/utf8"

	"github.com/minio/minio-go/v7"

	"pairmill/store"
)

// List implements store.Store. It holds one page; each page shows the bucket as it is when it is asked for.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[store.Info, error] {
	return func(yield func(store.Info, error) bool) {
		if err := s.list(ctx, prefix, yield); err != nil {
			yield(store.Info{}, fmt.Errorf("list %s: %w", prefix, s.explain(err)))
		}
	}
}

func (s *Store) list(ctx context.Context, prefix string, yield func(store.Info, error) bool) error {
	ask, possible := askFor(prefix)
	after := ""
	for possible {
		page, err := s.page(ctx, ask, after)
		if err != nil {
			return err
		}
		for _, o := range page {
			if o.Key <= after {
				return fmt.Errorf("the server lists %q behind %q: it does not list in the order of keys", o.Key, after)
			}
			after = o.Key
			key, ok := strings.CutPrefix(o.Key, s.cfg.Prefix)
			if !ok || !strings.HasPrefix(key, prefix) || store.CheckKey(key) != nil {
				continue // no object of ours: a folder's marker, say
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			if !yield(store.Info{Key: key, Size: o.Size, Version: o.ETag}, nil) {
				return nil
			}
		}
		possible = len(page) == s.cfg.page
	}
	return ctx.Err()
}

// page lists the next objects behind a key; fewer than a page are the last.
func (s *Store) page(ctx context.Context, ask, after string) (page []minio.ObjectInfo, err error) {
	owner := false
	opts := minio.ListObjectsOptions{
		Prefix: s.cfg.Prefix + ask, Recursive: true, StartAfter: after, MaxKeys: s.cfg.page, FetchOwner: &owner,
	}
	err = s.do(ctx, func(ctx context.Context) error {
		page = page[:0]
		for o := range s.client.ListObjectsIter(ctx, s.cfg.Bucket, opts) {
			if o.Err != nil {
				return o.Err
			}
			if page = append(page, o); len(page) == s.cfg.page {
				break
			}
		}
		return ctx.Err()
	})
	return page, err
}

// askFor returns the prefix to ask the server for, and whether a key can start with prefix at all. Requests cannot
// carry half a character; the server is asked for what comes before it.
func askFor(prefix string) (ask string, possible bool) {
	ask = prefix
	for i := 0; i < utf8.UTFMax-1 && len(ask) > 0 && !utf8.ValidString(ask); i++ {
		ask = ask[:len(ask)-1]
	}
	return ask, store.CheckKey(ask) == nil || store.CheckKey(ask+"x") == nil
}
