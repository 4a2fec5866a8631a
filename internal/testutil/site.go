package testutil

import (
	"cmp"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Visit is one line of a Site's access log.
type Visit struct {
	Start, End time.Time // of the handler; End is taken before the answer's last byte can reach the client
	Host       string    // without the port, lower-case
	Path       string    // as requested: escaped, with the query
	UserAgent  string
	Header     http.Header
	Status     int   // 0 when the handler panicked to break the connection off
	Bytes      int64 // of the body
}

// Site is a web server on loopback that stands for any number of hosts and remembers who came when. It closes with
// the test.
type Site struct {
	server *httptest.Server

	mu      sync.Mutex
	hosts   map[string]http.Handler
	visits  []Visit
	active  map[string]int
	maximum map[string]int
}

// NewSite serves every host without a handler of its own by fallback; nil answers 404.
func NewSite(t testing.TB, fallback http.Handler) *Site {
	t.Helper()
	return newSite(t, fallback, (*httptest.Server).Start)
}

// NewTLSSite is NewSite over https, with the certificate of httptest for example.com, *.example.com and 127.0.0.1.
// Client().Transport's TLS configuration trusts it.
func NewTLSSite(t testing.TB, fallback http.Handler) *Site {
	t.Helper()
	return newSite(t, fallback, (*httptest.Server).StartTLS)
}

func newSite(t testing.TB, fallback http.Handler, start func(*httptest.Server)) *Site {
	t.Helper()
	if fallback == nil {
		fallback = http.NotFoundHandler()
	}
	s := &Site{hosts: map[string]http.Handler{"": fallback}, active: map[string]int{}, maximum: map[string]int{}}
	s.server = httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	start(s.server)
	t.Cleanup(s.server.Close)
	return s
}

// Handle serves one host, named without a port, by h.
func (s *Site) Handle(host string, h http.Handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hosts[strings.ToLower(host)] = h
}

// Wrap puts something around the handlers of all hosts that have one, and of the others.
func (s *Site) Wrap(around func(http.Handler) http.Handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for host, h := range s.hosts {
		s.hosts[host] = around(h)
	}
}

// Files serves fsys by http.FileServerFS: a folder's page is its index.html, types come from names.
func Files(fsys fs.FS) http.Handler { return http.FileServerFS(fsys) }

// URL is where path stands on host: "http://a.test:41234/x.png". An empty host is 127.0.0.1.
func (s *Site) URL(host, path string) string {
	if host == "" {
		host = "127.0.0.1"
	}
	scheme, _, _ := strings.Cut(s.server.URL, "://")
	return scheme + "://" + net.JoinHostPort(host, s.Port()) + path
}

// Port is the one port that all hosts share.
func (s *Site) Port() string {
	_, port, _ := net.SplitHostPort(s.server.Listener.Addr().String())
	return port
}

// Hosts is a host table in the form of a spec's fetch.hosts: every name below .test and .example.com is this server.
func (s *Site) Hosts() map[string]string {
	return map[string]string{"*.test": "127.0.0.1", "*.example.com": "127.0.0.1"}
}

// Client trusts the server's certificate.
func (s *Site) Client() *http.Client { return s.server.Client() }

// Close ends the server before the test does.
func (s *Site) Close() { s.server.Close() }

// Visits returns the finished visits in the order in which they started.
func (s *Site) Visits() []Visit {
	s.mu.Lock()
	defer s.mu.Unlock()
	sorted := slices.Clone(s.visits)
	slices.SortStableFunc(sorted, func(a, b Visit) int { return a.Start.Compare(b.Start) })
	return sorted
}

// Count says how often path was asked of host; an empty host or path counts all.
func (s *Site) Count(host, path string) int {
	n := 0
	for _, v := range s.Visits() {
		if (host == "" || v.Host == host) && (path == "" || v.Path == path) {
			n++
		}
	}
	return n
}

// From counts the visits of whoever names this contact in the User-Agent: those for robots.txt, and all others.
func (s *Site) From(contact string) (visits, robots int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range s.visits {
		switch {
		case !strings.Contains(v.UserAgent, "+"+contact):
		case path.Base(v.Path) == "robots.txt":
			robots++
		default:
			visits++
		}
	}
	return visits, robots
}

// MaxConcurrent is the largest number of requests that were being answered for host at one time.
func (s *Site) MaxConcurrent(host string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.maximum[host]
}

func (s *Site) serve(w http.ResponseWriter, r *http.Request) {
	host := hostOf(r)
	handler := s.enter(host)
	log := &logWriter{ResponseWriter: w, length: -1}
	log.visit = Visit{Start: time.Now(), Host: host, Path: r.RequestURI, UserAgent: r.UserAgent(), Header: r.Header.Clone()}
	log.leave = sync.OnceFunc(func() { s.leave(&log.visit) })
	defer log.leave()
	handler.ServeHTTP(log, r)
	log.visit.Status = cmp.Or(log.visit.Status, http.StatusOK)
}

func hostOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	return strings.ToLower(host)
}

func (s *Site) enter(host string) http.Handler {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.active[host]++
	s.maximum[host] = max(s.maximum[host], s.active[host])
	if h, ok := s.hosts[host]; ok {
		return h
	}
	return s.hosts[""]
}

func (s *Site) leave(v *Visit) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.active[v.Host]--
	v.End = time.Now()
	s.visits = append(s.visits, *v)
}
