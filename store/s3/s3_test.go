package s3_test

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"go.uber.org/goleak"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/s3"
	"pairmill/store/s3/s3test"
	"pairmill/store/storetest"
)

func TestMain(m *testing.M) {
	if location := os.Getenv(checkLocation); location != "" {
		fmt.Println(cmp.Or(check(location), errors.New("ok")))
		return
	}
	goleak.VerifyTestMain(m)
}

func open(t testing.TB, cfg s3.Config) *s3.Store {
	t.Helper()
	if cfg.RetryWait == 0 {
		cfg.RetryWait = time.Millisecond
	}
	s, err := s3.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// own gives a test a prefix of its own.
func own(t testing.TB, cfg s3.Config) s3.Config {
	cfg.Prefix += strings.NewReplacer(" ", "-", ",", "").Replace(t.Name()) + "/"
	return cfg
}

func put(t testing.TB, s store.Store, key, content string) {
	t.Helper()
	if _, err := s.Put(t.Context(), key, store.Bytes([]byte(content))); err != nil {
		t.Fatal(err)
	}
}

func want(t testing.TB, s store.Store, key, content string) {
	t.Helper()
	got, err := store.ReadAll(t.Context(), s, key, 1<<30)
	if err != nil || string(got) != content {
		t.Errorf("%s: %d bytes, %v; want %d bytes", key, len(got), err, len(content))
	}
}

func TestStore(t *testing.T) {
	t.Parallel()
	cfg := s3test.Start(t)
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, own(t, cfg)) })
}

// other is another tool, which writes what it likes.
func other(t *testing.T, cfg s3.Config) (write func(key, content string, meta map[string]string)) {
	t.Helper()
	if cfg.AccessKey == "" {
		t.Skip("needs the keys of the server, which is not ours")
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	c, err := minio.New(strings.TrimPrefix(cfg.Endpoint, "http://"), &minio.Options{
		Creds: credentials.NewStaticV4(cfg.AccessKey, string(cfg.SecretKey), ""), Transport: transport, Region: "us-east-1",
	})
	if err != nil {
		t.Fatal(err)
	}
	return func(key, content string, meta map[string]string) {
		_, err := c.PutObject(t.Context(), cfg.Bucket, cfg.Prefix+key, strings.NewReader(content), int64(len(content)), minio.PutObjectOptions{UserMetadata: meta})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// Objects that another tool uploaded carry no sha256: they are read.
func TestObjectsOfOtherTools(t *testing.T) {
	t.Parallel()
	cfg := own(t, s3test.Start(t))
	s, write := open(t, cfg), other(t, cfg)
	large := strings.Repeat("large", 100_000)
	write("small", "content", nil)
	write("large", large, nil)
	write("folder/", "", nil)
	write(".hidden/x", "x", nil)
	put(t, s, "small", "content")
	put(t, s, "large", large)
	for _, content := range []string{"CONTENT", "con", ""} {
		if _, err := s.Put(t.Context(), "small", store.Bytes([]byte(content))); !errors.Is(err, store.ErrConflict) {
			t.Errorf("put of %q: %v, want ErrConflict", content, err)
		}
	}
	if err := s.Copy(t.Context(), "large", "copy"); err != nil {
		t.Error(err)
	}
	want(t, s, "copy", large)
	var keys []string
	for info, err := range s.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, info.Key)
	}
	if !slices.Equal(keys, []string{"copy", "large", "small"}) {
		t.Errorf("listed %q", keys)
	}
}

// A server that checks no sha256 may keep the beginning of an upload, under the metadata of the whole.
func TestCutOffUploadIsNotTakenForTheWhole(t *testing.T) {
	t.Parallel()
	cfg := own(t, s3test.Start(t))
	s, write := open(t, cfg), other(t, cfg)
	whole := store.Bytes([]byte("the whole content"))
	write("k", "the who", map[string]string{"sha256": whole.SHA256().String()})
	_, err := s.Put(t.Context(), "k", whole)
	if !errors.Is(err, store.ErrConflict) || !strings.Contains(err.Error(), "cut off") {
		t.Errorf("error %v", err)
	}
	if err := s.Delete(t.Context(), "k"); err != nil {
		t.Error(err)
	}
	put(t, s, "k", "the whole content")
}

// traffic counts requests and what they carry.
type traffic struct {
	http.RoundTripper
	requests, sent atomic.Int64
}

func (c *traffic) RoundTrip(req *http.Request) (*http.Response, error) {
	c.requests.Add(1)
	c.sent.Add(req.ContentLength)
	return c.RoundTripper.RoundTrip(req)
}

func counted(cfg s3.Config) (s3.Config, *traffic) {
	c := &traffic{}
	return cfg.WithTransport(func(rt http.RoundTripper) http.RoundTripper { c.RoundTripper = rt; return c }), c
}

// What an operation costs is part of what the package is for.
func TestTraffic(t *testing.T) {
	t.Parallel()
	cfg, c := counted(own(t, s3test.Start(t)))
	s := open(t, cfg)
	large := strings.Repeat("l", 3<<20)
	put(t, s, "large", large)
	put(t, s, "small", "small")
	for _, op := range []struct {
		name           string
		requests, sent int64 // at most
		call           func() error
	}{
		{"read a small object", 1, 0, func() error { _, err := store.ReadAll(t.Context(), s, "small", 10); return err }},
		{"read a large object", 2, 0, func() error { _, err := store.ReadAll(t.Context(), s, "large", 10<<20); return err }},
		{"put what is there", 1, 0, func() error { put(t, s, "large", large); return nil }},
		{"copy in the server", 5, 1000, func() error { return s.Copy(t.Context(), "large", "copy") }},
		{"copy a small object", 2, 5, func() error { return s.Copy(t.Context(), "small", "copy2") }},
		{"delete", 1, 0, func() error { return s.Delete(t.Context(), "small") }},
	} {
		c.requests.Store(0)
		c.sent.Store(0)
		if err := op.call(); err != nil {
			t.Errorf("%s: %v", op.name, err)
		}
		if r, b := c.requests.Load(), c.sent.Load(); r > op.requests || b > op.sent {
			t.Errorf("%s: %d requests with %d bytes, want %d with %d", op.name, r, b, op.requests, op.sent)
		}
	}
	want(t, s, "copy", large)
}

// Streams that are being read hold no place: a merge of many does not wait for itself.
func TestManyStreams(t *testing.T) {
	t.Parallel()
	cfg := own(t, s3test.Start(t))
	cfg.Concurrency = 1
	s := open(t, cfg)
	content := strings.Repeat("c", 1<<20)
	var open []store.Object
	for i := range 8 {
		key := fmt.Sprint("k", i)
		put(t, s, key, content)
		o, err := s.Open(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.CopyN(io.Discard, o, 100_000); err != nil {
			t.Fatal(err)
		}
		open = append(open, o)
	}
	for _, o := range open {
		rest, err := io.ReadAll(o)
		if err != nil || len(rest) != 1<<20-100_000 {
			t.Errorf("%d bytes, %v", len(rest), err)
		}
		if err := errors.Join(o.Close(), o.Close()); err != nil {
			t.Error(err)
		}
		if _, err := o.Read(make([]byte, 1)); !errors.Is(err, os.ErrClosed) {
			t.Errorf("read after Close: %v", err)
		}
	}
}

// Pages end between any two keys, and a page that fails is asked for again.
func TestListPages(t *testing.T) {
	t.Parallel()
	cfg := own(t, s3test.Start(t))
	s := open(t, cfg)
	var keys []string
	for i := range 24 {
		keys = append(keys, fmt.Sprintf("%d/%04d", i/7, i))
		put(t, s, keys[i], "")
	}
	for size := 1; size <= len(keys)+1; size++ {
		var got []string
		for info, err := range open(t, faultyAt(cfg.WithPages(size), 2, s3test.Busy)).List(t.Context(), "") {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, info.Key)
		}
		if !slices.Equal(got, keys) {
			t.Errorf("pages of %d: listed %q", size, got)
		}
	}
}

func TestTooLargeForOnePut(t *testing.T) {
	t.Parallel()
	s := open(t, own(t, s3.Config{Bucket: "bucket", Endpoint: "http://127.0.0.1:1", AccessKey: testKey, SecretKey: testSecret}))
	_, err := s.Put(t.Context(), "k", storetest.Blob{ReaderAt: strings.NewReader(""), Length: s3.MaxPut + 1, Sum: schemas.Hash{}})
	if err == nil || !strings.Contains(err.Error(), "5 GiB") {
		t.Errorf("error %v", err)
	}
	long := strings.Repeat("k", 1020)
	if _, err := s.Put(t.Context(), long, store.Bytes(nil)); !errors.Is(err, store.ErrBadKey) {
		t.Errorf("error %v, want ErrBadKey: prefix and key are too long together", err)
	}
}
