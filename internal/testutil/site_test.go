package testutil

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
)

func ask(t *testing.T, s *Site, host, path string) string {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, s.URL("", path), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = host + ":" + s.Port()
	resp, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.Status + " " + string(body)
}

func TestSiteServesHosts(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(testing.TB, http.Handler) *Site{"http": NewSite, "https": NewTLSSite} {
		t.Run(name, func(t *testing.T) {
			s := start(t, nil)
			s.Handle("a.test", Files(fstest.MapFS{"x.txt": {Data: []byte("of a")}}))
			if got := ask(t, s, "a.test", "/x.txt?q=1"); got != "200 OK of a" {
				t.Errorf("a.test answers %q", got)
			}
			if got := ask(t, s, "B.test", "/x.txt"); !strings.HasPrefix(got, "404") {
				t.Errorf("b.test answers %q", got)
			}
			v := s.Visits()
			if len(v) != 2 || v[0].Path != "/x.txt?q=1" || v[0].Status != 200 || v[0].Bytes != 4 || v[1].Host != "b.test" {
				t.Fatalf("visits %+v", v)
			}
			if v[0].End.Before(v[0].Start) || v[0].UserAgent == "" {
				t.Errorf("visit %+v", v[0])
			}
			if s.Count("a.test", "") != 1 || s.Count("", "/x.txt") != 1 || s.Count("", "") != 2 {
				t.Errorf("counts are wrong: %+v", v)
			}
		})
	}
}

func TestSiteTellsVisitorsApart(t *testing.T) {
	t.Parallel()
	s := NewSite(t, nil)
	for agent, paths := range map[string][]string{"bot/1 (+a@x.test)": {"/1", "/2", "/robots.txt"}, "bot/1 (+b@x.test)": {"/1"}, "a@x.test": {"/3"}} {
		for _, path := range paths {
			req, err := http.NewRequest(http.MethodGet, s.URL("", path), nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("User-Agent", agent)
			resp, err := s.Client().Do(req)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
		}
	}
	if visits, robots := s.From("a@x.test"); visits != 2 || robots != 1 {
		t.Errorf("%d visits and %d for robots.txt, want 2 and 1", visits, robots)
	}
	if visits, robots := s.From("c@x.test"); visits+robots != 0 {
		t.Errorf("%d visits of nobody", visits+robots)
	}
}

func TestSiteCountsConcurrency(t *testing.T) {
	t.Parallel()
	inside, release := make(chan bool), make(chan bool)
	s := NewSite(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inside <- true
		<-release
	}))
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() { ask(t, s, "a.test", "/") })
	}
	for range 3 {
		<-inside
	}
	close(release)
	wg.Wait()
	if got := s.MaxConcurrent("a.test"); got != 3 {
		t.Errorf("max concurrent %d, want 3", got)
	}
}

// A client that sends its next request on the last byte of an answer is never seen twice at once, even when the
// handler flushes that byte long before it returns.
func TestSiteEndsVisitBeforeLastByte(t *testing.T) {
	t.Parallel()
	s := NewSite(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := strings.Repeat("x", 100_000)
		w.Header().Set("Content-Length", "100000")
		io.WriteString(w, body)
		http.NewResponseController(w).Flush()
	}))
	for range 200 {
		ask(t, s, "a.test", "/")
	}
	if got := s.MaxConcurrent("a.test"); got != 1 {
		t.Errorf("max concurrent %d, want 1", got)
	}
	if got := s.Count("a.test", "/"); got != 200 {
		t.Errorf("%d visits, want 200", got)
	}
}
