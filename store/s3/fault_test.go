package s3_test

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"pairmill/store"
	"pairmill/store/s3"
	"pairmill/store/s3/s3test"
)

var errReset = errors.New("connection reset by peer")

// faults gives request number at its fault, and lets the others through.
type faults struct {
	http.RoundTripper
	at    int64
	fault s3test.Fault
	count atomic.Int64
}

func faultyAt(cfg s3.Config, at int64, f s3test.Fault) s3.Config {
	cfg, _ = injected(cfg, at, f)
	return cfg
}

func injected(cfg s3.Config, at int64, f s3test.Fault) (s3.Config, *faults) {
	rt := &faults{at: at, fault: f}
	return cfg.WithTransport(func(inner http.RoundTripper) http.RoundTripper { rt.RoundTripper = inner; return rt }), rt
}

func (f *faults) RoundTrip(req *http.Request) (*http.Response, error) {
	if f.count.Add(1) != f.at {
		return f.RoundTripper.RoundTrip(req)
	}
	switch f.fault {
	case s3test.Busy:
		return answer(req, 503, s3test.SlowDown), nil
	case s3test.Cut:
		if req.Body != nil {
			half := io.LimitReader(req.Body, req.ContentLength/2)
			req = req.Clone(req.Context())
			req.Body = io.NopCloser(io.MultiReader(half, broken{}))
			return f.RoundTripper.RoundTrip(req)
		}
	case s3test.Lost, s3test.LostBehind:
		resp, err := f.RoundTripper.RoundTrip(req)
		if err != nil {
			return nil, err
		}
		_, err = io.Copy(io.Discard, resp.Body)
		if err := errors.Join(err, resp.Body.Close()); err != nil {
			return nil, err
		}
		if f.fault == s3test.LostBehind {
			return answer(req, 500, ""), nil
		}
	}
	return nil, errReset
}

func answer(req *http.Request, status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: req,
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errReset }

var (
	smallContent = "small content"
	largeContent = strings.Repeat("large content ", 100_000)
)

// story uses every operation, and checks what each left behind.
func story(t *testing.T, s *s3.Store) {
	put(t, s, "small", smallContent)
	put(t, s, "large", largeContent)
	for from, to := range map[string]string{"small": "small2", "large": "large2"} {
		if err := s.Copy(t.Context(), from, to); err != nil {
			t.Error(err)
		}
	}
	want(t, s, "small2", smallContent)
	want(t, s, "large2", largeContent)
	if _, err := s.Put(t.Context(), "small", store.Bytes([]byte("other"))); !errors.Is(err, store.ErrConflict) {
		t.Errorf("other content: %v, want ErrConflict", err)
	}
	if err := s.Delete(t.Context(), "small"); err != nil {
		t.Error(err)
	}
	if _, err := s.Open(t.Context(), "small"); !errors.Is(err, store.ErrNotExist) {
		t.Errorf("deleted object: %v, want ErrNotExist", err)
	}
	var keys []string
	for info, err := range s.List(t.Context(), "") {
		if err != nil {
			t.Error(err)
		}
		keys = append(keys, info.Key)
	}
	if !slices.Equal(keys, []string{"large", "large2", "small2"}) {
		t.Errorf("listed %q", keys)
	}
}

// Every request of the story meets every fault once: no caller notices.
func TestEveryRequestMeetsEveryFault(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t)
	cfg, rt := injected(own(t, server), 0, "")
	story(t, open(t, cfg))
	n := rt.count.Load()
	if n < 15 {
		t.Fatalf("the story took %d requests", n)
	}
	for _, f := range []s3test.Fault{s3test.Busy, s3test.Reset, s3test.Cut, s3test.Lost, s3test.LostBehind} {
		t.Run(string(f), func(t *testing.T) {
			t.Parallel()
			for at := range n {
				cfg := own(t, server)
				cfg.Prefix += string(rune('a'+at)) + "/"
				cfg, rt := injected(cfg, at+1, f)
				s := open(t, cfg)
				story(t, s)
				if rt.count.Load() < n {
					t.Errorf("fault at request %d: %d requests in all, want at least %d", at+1, rt.count.Load(), n)
				}
			}
		})
	}
}

// A server that stays away is given up, with the number of attempts, and nothing is left.
func TestGivesUp(t *testing.T) {
	t.Parallel()
	cfg := own(t, s3test.Start(t))
	whole := open(t, cfg)
	cfg.Attempts = 3
	refuse := cfg.WithTransport(func(http.RoundTripper) http.RoundTripper { return always(s3test.Busy) })
	_, err := open(t, refuse).Put(t.Context(), "k", store.Bytes([]byte("x")))
	if err == nil || !strings.Contains(err.Error(), "3 attempts") || !strings.Contains(err.Error(), "SlowDown") {
		t.Errorf("error %v", err)
	}
	if _, err := whole.Open(t.Context(), "k"); !errors.Is(err, store.ErrNotExist) {
		t.Errorf("error %v, want ErrNotExist", err)
	}
}

type always s3test.Fault

func (a always) RoundTrip(req *http.Request) (*http.Response, error) {
	return (&faults{at: 1, fault: s3test.Fault(a)}).RoundTrip(req)
}
