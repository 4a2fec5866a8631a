package pace

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"pairmill/cluster/nats"
	"pairmill/fetch"
)

// ownerURL and ownerID make the test binary a control plane that owns partitions until it is killed.
const (
	ownerURL = "PAIRMILL_TEST_OWNER_URL"
	ownerID  = "PAIRMILL_TEST_OWNER_ID"
)

func ownerProcess(url, id string) {
	q, err := nats.Open(context.Background(), nats.Connect(url), nats.Config{Log: quiet})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	o, err := NewOwner(q.Medium(), OwnerConfig{ID: id, Log: quiet})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // ends with the test
		cancel()
	}()
	_ = o.Run(ctx)
	_ = q.Close()
}

// startOwner starts such a process, and returns how to kill it.
func startOwner(t *testing.T, url, id string) (kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), ownerURL+"="+url, ownerID+"="+id)
	cmd.Stderr = t.Output()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	kill = func() {
		once.Do(func() {
			_ = cmd.Process.Kill()
			_ = stdin.Close()
			_ = cmd.Wait()
		})
	}
	t.Cleanup(kill)
	return kill
}

func startNATS(t testing.TB) *nats.Server {
	t.Helper()
	s, err := nats.Start(t.Context(), nats.ServerConfig{Listen: "127.0.0.1:0", Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// site is every host of the list, and notes when requests to each begin and end.
type site struct {
	visits
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, _, _ := strings.Cut(r.Host, ":")
	start := time.Now()
	takes := 5*time.Millisecond + rand.N(40*time.Millisecond)
	if strings.HasPrefix(r.URL.Path, "/long") {
		takes = ttl + time.Second
	}
	t := time.NewTimer(takes)
	defer t.Stop()
	select {
	case <-t.C:
	case <-r.Context().Done():
	}
	s.note(name, visit{start: start, end: time.Now()}) // before the client can know that it has ended
	if r.URL.Path == "/robots.txt" {
		if strings.Contains(name, "crawl") {
			_, _ = io.WriteString(w, "User-agent: *\nCrawl-delay: 1\n")
		} else {
			http.NotFound(w, r)
		}
		return
	}
	_, _ = io.WriteString(w, "picture")
}

// TestMannersOverNATS: eight workers with real fetchers fetch one list over a real server while one of two owners is
// killed; what the sites' own log shows is within every host's limits.
func TestMannersOverNATS(t *testing.T) {
	t.Parallel()
	url := startNATS(t).URL()
	kill := startOwner(t, url, "c0")
	startOwner(t, url, "c1")
	var s site
	server := httptest.NewServer(&s)
	defer server.Close()
	_, port, _ := strings.Cut(strings.TrimPrefix(server.URL, "http://"), ":")

	var list []string
	for i, host := range skew(1200) {
		list = append(list, fmt.Sprintf("http://%s:%s/%d.jpg", strings.TrimSuffix(host, ":80"), port, i))
	}
	for i := range 6 {
		list = append(list, fmt.Sprintf("http://img.crawl%d.test:%s/%d.jpg", i%3, port, i), fmt.Sprintf("http://img.delay%d.test:%s/%d.jpg", i%3, port, i))
	}
	for i := range 3 {
		list = append(list, fmt.Sprintf("http://img.long%d.test:%s/long.jpg", i, port))
	}
	rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	rows := make(chan string, len(list))
	for _, u := range list {
		rows <- u
	}
	close(rows)

	var fetching sync.WaitGroup
	for n := range 8 {
		fetching.Go(func() { workOverNATS(t, url, n, rows) })
	}
	for deadline := time.Now().Add(time.Minute); s.count() < 200; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the owners let nothing begin")
		}
	}
	kill()
	before, start := s.count(), time.Now()
	fetching.Wait()
	t.Logf("%d requests before the owner was killed; all is done %v after that", before, time.Since(start))
	s.check(t, func(string) int { return 1 }, func(host string) time.Duration {
		switch {
		case strings.Contains(host, "crawl"):
			return time.Second
		case strings.Contains(host, "delay"):
			return time.Second / 2
		}
		return 0
	})
}

// workOverNATS is one worker: two runs with limits of their own, on one connection.
func workOverNATS(t *testing.T, url string, n int, rows <-chan string) {
	q, err := nats.Open(t.Context(), nats.Connect(url), nats.Config{Log: quiet})
	if err != nil {
		t.Error(err)
		return
	}
	defer func() { _ = q.Close() }()
	c, err := NewClient(q.Medium(), ClientConfig{ID: fmt.Sprint("w", n), Log: quiet})
	if err != nil {
		t.Error(err)
		return
	}
	defer c.Close()
	var runs [2]*fetch.Fetcher
	for i := range runs {
		runs[i], err = fetch.New(fetch.Config{
			Pacer: c, AllowPrivate: true, Hosts: map[string]string{"*.test": "127.0.0.1"}, Delay: time.Duration(i) * time.Second / 2,
		})
		if err != nil {
			t.Error(err)
			return
		}
		defer runs[i].Close()
	}
	var fetching sync.WaitGroup
	for range 12 {
		fetching.Go(func() {
			for u := range rows {
				run := runs[0]
				if strings.Contains(u, "delay") {
					run = runs[1]
				}
				r, err := run.Get(t.Context(), fetch.Request{URL: u})
				if err != nil || string(r.Body) != "picture" {
					t.Errorf("%s: %q %q, %v", u, r.Reason, r.Detail, err)
				}
			}
		})
	}
	fetching.Wait()
}
