package s3_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/s3"
	"pairmill/store/storetest"
)

const (
	testKey    = "AKIDTESTKEY"
	testSecret = "very/secret+value"
)

// fake is a server that answers as a test wants.
func fake(t testing.TB, h http.HandlerFunc) s3.Config {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return s3.Config{Bucket: "bucket", Endpoint: srv.URL, AccessKey: testKey, SecretKey: testSecret, SessionToken: testSecret, Attempts: 2}
}

// Each answer that somebody has to do something about says what, from every operation, and shows no secret.
func TestAdvice(t *testing.T) {
	t.Parallel()
	for code, c := range map[string]struct {
		status int
		region string
		want   string
	}{
		"NoSuchBucket":                 {404, "", "create it"},
		"RequestTimeTooSkewed":         {403, "", "set the clock"},
		"AuthorizationHeaderMalformed": {400, "eu-west-1", "AWS_REGION=eu-west-1"},
		"PermanentRedirect":            {301, "", "set AWS_REGION"},
		"InvalidAccessKeyId":           {403, "", "AWS_ACCESS_KEY_ID"},
		"SignatureDoesNotMatch":        {403, "", "AWS_SECRET_ACCESS_KEY"},
		"ExpiredToken":                 {400, "", "new temporary keys"},
		"AccessDenied":                 {403, "", "s3:PutObject"},
		"NotImplemented":               {501, "", "If-None-Match"},
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			s := open(t, fake(t, func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(c.status)
				fmt.Fprintf(w, "<Error><Code>%s</Code><Message>no</Message><Region>%s</Region></Error>", code, c.region)
			}))
			for op, err := range everything(t.Context(), s) {
				if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), code) {
					t.Errorf("%s: error %v, want %q in it", op, err, c.want)
				}
				if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), testSecret) {
					t.Errorf("%s: the error shows the secret", op)
				}
				if errors.Is(err, store.ErrNotExist) {
					t.Errorf("%s: %v says that the object does not exist", op, err)
				}
			}
		})
	}
}

// everything runs each operation and returns its error.
func everything(ctx context.Context, s *s3.Store) map[string]error {
	errs := map[string]error{"check": s.Check(ctx), "delete": s.Delete(ctx, "k"), "copy": s.Copy(ctx, "k", "k2")}
	_, errs["open"] = s.Open(ctx, "k")
	_, errs["put"] = s.Put(ctx, "k", store.Bytes([]byte("x")))
	for _, err := range s.List(ctx, "") {
		errs["list"] = err
	}
	return errs
}

// A host that nobody knows is named, and so is the other way to ask for a bucket.
func TestUnknownHost(t *testing.T) {
	t.Parallel()
	for style, want := range map[string]string{"host": "no host bucket.s3.test: correct the endpoint, or add style=path", "path": "no host s3.test: correct the endpoint"} {
		cfg := s3.Config{Bucket: "bucket", Endpoint: "http://s3.test", Style: style, AccessKey: testKey, SecretKey: testSecret, Attempts: 1}
		cfg = cfg.WithTransport(func(http.RoundTripper) http.RoundTripper {
			return roundTripper(func(r *http.Request) (*http.Response, error) {
				return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: r.URL.Hostname(), IsNotFound: true}}
			})
		})
		if _, err := open(t, cfg).Open(t.Context(), "k"); err == nil || !strings.HasSuffix(err.Error(), want) && !strings.Contains(err.Error(), want+" to the location") {
			t.Errorf("%s: %v, want %q", style, err, want)
		}
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestAbsentOrForbidden: a server that hides from some that an object is absent is understood, by a listing; one that forbids
// reading what is there is not taken to say that it is absent.
func TestAbsentOrForbidden(t *testing.T) {
	t.Parallel()
	for listed, absent := range map[string]bool{"": true, "k2": true, "k": false} {
		s := open(t, fake(t, func(w http.ResponseWriter, r *http.Request) {
			if !r.URL.Query().Has("list-type") {
				w.WriteHeader(http.StatusForbidden)
				io.WriteString(w, "<Error><Code>AccessDenied</Code></Error>")
				return
			}
			io.WriteString(w, "<ListBucketResult>")
			if listed != "" {
				fmt.Fprintf(w, "<Contents><Key>%s</Key><Size>1</Size></Contents>", listed)
			}
			io.WriteString(w, "</ListBucketResult>")
		}))
		_, err := s.Open(t.Context(), "k")
		if errors.Is(err, store.ErrNotExist) != absent || !absent && !strings.Contains(err.Error(), "AccessDenied") {
			t.Errorf("a listing shows %q: %v", listed, err)
		}
	}
}

// Who is to correct what, where nothing answers.
func TestNothingAnswers(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	cfg := s3.Config{Bucket: "bucket", Endpoint: "http://" + addr, AccessKey: testKey, SecretKey: testSecret}
	if err := open(t, cfg).Check(t.Context()); err == nil || !strings.Contains(err.Error(), "nothing listens") || !strings.Contains(err.Error(), "AWS_ENDPOINT_URL") {
		t.Errorf("error %v", err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v to find out", took)
	}
}

func TestCheckFindsServersThatReplaceObjects(t *testing.T) {
	t.Parallel()
	s := open(t, fake(t, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		if r.Method == http.MethodGet {
			io.WriteString(w, "<ListBucketResult></ListBucketResult>")
		}
	}))
	if err := s.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "ignores If-None-Match") {
		t.Errorf("error %v", err)
	}
}

func TestListOutOfOrderIsAnError(t *testing.T) {
	t.Parallel()
	s := open(t, fake(t, func(w http.ResponseWriter, r *http.Request) {
		p := r.URL.Query().Get("prefix")
		fmt.Fprintf(w, "<ListBucketResult><Contents><Key>%sb</Key></Contents><Contents><Key>%sa</Key></Contents></ListBucketResult>", p, p)
	}))
	var last error
	for _, err := range s.List(t.Context(), "") {
		last = err
	}
	if last == nil || !strings.Contains(last.Error(), "order of keys") {
		t.Errorf("error %v", last)
	}
}

// serveContent answers as S3 does for one object.
func serveContent(w http.ResponseWriter, r *http.Request, content string) {
	w.Header().Set("ETag", fmt.Sprintf(`"%x"`, len(content)))
	http.ServeContent(w, r, "", time.Unix(1e9, 0), strings.NewReader(content))
}

// cutWriter breaks the connection behind some bytes.
type cutWriter struct {
	http.ResponseWriter
	left int
	then func()
}

func (c *cutWriter) Write(p []byte) (int, error) {
	if len(p) < c.left {
		c.left -= len(p)
		return c.ResponseWriter.Write(p)
	}
	n, _ := c.ResponseWriter.Write(p[:c.left])
	c.ResponseWriter.(http.Flusher).Flush()
	c.then()
	return n, io.ErrShortWrite
}

// A stream that breaks, or on which nothing moves any more, goes on behind its last byte.
func TestReadGoesOn(t *testing.T) {
	t.Parallel()
	content := strings.Repeat("0123456789", 50_000)
	for _, name := range []string{"broken", "stalled"} {
		t.Run(name, func(t *testing.T) {
			var n atomic.Int64
			end := make(chan struct{})
			then := func() {
				if name == "broken" {
					panic(http.ErrAbortHandler)
				}
				<-end
			}
			cfg := fake(t, func(w http.ResponseWriter, r *http.Request) {
				if n.Add(1) <= 5 {
					w = &cutWriter{w, 50_000, then}
				}
				serveContent(w, r, content)
			})
			t.Cleanup(func() { close(end) })
			cfg.Stall, cfg.Attempts = 200*time.Millisecond, 12
			want(t, open(t, cfg), "k", content)
			if n.Load() < 6 {
				t.Errorf("%d requests", n.Load())
			}
		})
	}
}

// slowWriter pauses, on the clock that the store's deadlines run by, before each of its writes.
type slowWriter struct{ http.ResponseWriter }

func (s slowWriter) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		<-time.After(300 * time.Millisecond)
		n, err := s.ResponseWriter.Write(rest[:min(len(rest), 20_000)])
		if err != nil {
			return 0, err
		}
		s.ResponseWriter.(http.Flusher).Flush()
		rest = rest[n:]
	}
	return len(p), nil
}

// A slow answer may take longer than a stall, as long as something moves.
func TestSlowIsNotStalled(t *testing.T) {
	t.Parallel()
	content := strings.Repeat("slow", 40_000)
	var n atomic.Int64
	cfg := fake(t, func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1) > 1 {
			w = slowWriter{w}
		}
		serveContent(w, r, content)
	})
	cfg.Stall = 1200 * time.Millisecond
	want(t, open(t, cfg), "k", content)
	if n.Load() != 2 {
		t.Errorf("%d requests, want 2: one for the first bytes, one for the others", n.Load())
	}
}

func TestObjectThatChangesIsAnError(t *testing.T) {
	t.Parallel()
	content := strings.Repeat("x", 200_000)
	var current atomic.Value
	current.Store(content)
	s := open(t, fake(t, func(w http.ResponseWriter, r *http.Request) { serveContent(w, r, current.Load().(string)) }))
	o, err := s.Open(t.Context(), "k")
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	current.Store(content + "more")
	if _, err := o.ReadAt(make([]byte, 10), 150_000); err == nil || !strings.Contains(err.Error(), "changed while it was open") {
		t.Errorf("ReadAt: %v", err)
	}
	if _, err := io.ReadAll(o); err == nil || !strings.Contains(err.Error(), "changed while it was open") {
		t.Errorf("Read: %v", err)
	}
}

func TestServerWithoutRangesIsAnError(t *testing.T) {
	t.Parallel()
	content := strings.Repeat("x", 200_000)
	s := open(t, fake(t, func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Range")
		serveContent(w, r, content)
	}))
	if _, err := store.ReadAll(t.Context(), s, "k", 1<<20); err == nil || !strings.Contains(err.Error(), "ranges") {
		t.Errorf("error %v", err)
	}
}

// A large put streams, and the blob is left alone once Put returned. It runs alone, because it looks at the heap.
func TestPutStreams(t *testing.T) {
	const size = 256 << 20
	block := bytes.Repeat([]byte("pairmill"), 1<<17)
	whole := sha256.New()
	for range size / len(block) {
		whole.Write(block)
	}
	var returned atomic.Bool
	b := storetest.Blob{ReaderAt: storetest.ReaderFunc(func(p []byte, off int64) (int, error) {
		if returned.Load() {
			t.Error("the blob was read after Put returned")
		}
		n := 0
		for n < len(p) {
			n += copy(p[n:], block[(off+int64(n))%int64(len(block)):])
		}
		return n, nil
	}), Length: size, Sum: schemas.Hash(whole.Sum(nil))}
	var got atomic.Int64
	s := open(t, fake(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			w.WriteHeader(404)
			return
		}
		if sum := r.Header.Get("X-Amz-Content-Sha256"); sum != b.Sum.String() || r.Header.Get("If-None-Match") != "*" {
			t.Errorf("signed sha256 %s, If-None-Match %q", sum, r.Header.Get("If-None-Match"))
		}
		n, _ := io.Copy(io.Discard, r.Body)
		got.Add(n)
	}))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := s.Put(t.Context(), "k", b)
	returned.Store(true)
	runtime.ReadMemStats(&after)
	if err != nil || got.Load() != size {
		t.Errorf("%d bytes arrived, %v", got.Load(), err)
	}
	if heap := int64(after.HeapSys) - int64(before.HeapSys); heap > 32<<20 {
		t.Errorf("the heap grew by %d MiB for a put of %d MiB", heap>>20, size>>20)
	}
}

// The pause that the server asks for is kept.
func TestRetryAfterIsKept(t *testing.T) {
	t.Parallel()
	var first atomic.Int64
	s := open(t, fake(t, func(w http.ResponseWriter, r *http.Request) {
		if first.CompareAndSwap(0, time.Now().UnixNano()) {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(503)
			return
		}
		if waited := time.Now().UnixNano() - first.Load(); waited < int64(time.Second) {
			t.Errorf("asked again after %v", time.Duration(waited))
		}
		serveContent(w, r, "content")
	}))
	want(t, s, "k", "content")
}
