package s3

import (
	"context"
	"fmt"
	"net/http"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"pairmill/store"
)

// Store is the objects below a prefix of a bucket, safe for concurrent use.
type Store struct {
	cfg    Config
	client minio.Core
	creds  *credentials.Credentials
	conns  *http.Transport
	slots  chan struct{} // holds one entry per running request
}

var (
	_ store.Store    = (*Store)(nil)
	_ store.Copier   = (*Store)(nil)
	_ store.Replacer = (*Store)(nil)
)

// New makes a Store without asking the server anything; Check does that.
func New(cfg Config) (*Store, error) {
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	host, secure, err := cfg.endpoint()
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	conns, err := cfg.transport()
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	var rt http.RoundTripper = conns
	if cfg.wrap != nil {
		rt = cfg.wrap(rt)
	}
	s := &Store{cfg: cfg, creds: cfg.chain(), conns: conns, slots: make(chan struct{}, cfg.Concurrency)}
	client, err := minio.New(host, &minio.Options{
		Creds: s.creds, Secure: secure, Transport: listener{rt}, Region: cfg.Region, BucketLookup: lookups[cfg.Style],
		MaxRetries: 1, // do retries
	})
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	s.client = minio.Core{Client: client}
	return s, nil
}

var lookups = map[string]minio.BucketLookupType{
	"": minio.BucketLookupAuto, "path": minio.BucketLookupPath, "host": minio.BucketLookupDNS,
}

// Close gives up the idle connections. Objects must have been closed, and no other method may be running or follow.
func (s *Store) Close() error {
	s.conns.CloseIdleConnections()
	return nil
}

// Delete implements store.Store. In a bucket with versions, earlier versions stay until a lifecycle rule removes them.
func (s *Store) Delete(ctx context.Context, key string) error {
	path, err := s.path(ctx, key)
	if err == nil {
		err = s.writable(ctx)
	}
	if err == nil {
		err = s.do(ctx, func(ctx context.Context) error {
			return s.client.RemoveObject(ctx, s.cfg.Bucket, path, minio.RemoveObjectOptions{})
		})
	}
	if err != nil && code(err) != "NoSuchKey" {
		return fmt.Errorf("delete %s: %w", key, s.explain(err))
	}
	return nil
}

// path is where a key's object stands in the bucket.
func (s *Store) path(ctx context.Context, key string) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if err := store.CheckKey(key); err != nil {
		return "", err
	}
	if n := len(s.cfg.Prefix) + len(key); n > maxPath {
		return "", fmt.Errorf("%w: with the prefix %q it has %d bytes, and S3 takes %d", store.ErrBadKey, s.cfg.Prefix, n, maxPath)
	}
	return s.cfg.Prefix + key, nil
}

// maxPath is S3's limit on the length of keys, in bytes.
const maxPath = 1024
