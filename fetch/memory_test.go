package fetch

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"pairmill/internal/testutil"
)

// connectionsAtOnce hosts, each with a transfer that does not end, must fit into rssLimit.
const (
	connectionsAtOnce = 1000
	rssLimit          = 500 << 20
)

// A thousand open transfers, over http and over https, cost a process under 500 MB in all. The process that is measured
// does nothing else.
func TestMemoryOfAThousandConnections(t *testing.T) {
	if testutil.Raced {
		t.Skip("the race detector's memory is not ours")
	}
	residentSet(t, os.Getpid()) // or skip, before a thousand addresses are asked for
	for _, scheme := range []string{"http", "https"} {
		t.Run(scheme, func(t *testing.T) {
			var arrived sync.WaitGroup
			arrived.Add(connectionsAtOnce)
			release, end := make(chan struct{}), new(sync.Once)
			open := func() { end.Do(func() { close(release) }) }
			base := manyHosts(t, scheme, withoutRobots(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Length", "40000")
				_, _ = w.Write(make([]byte, 39_000))
				_ = http.NewResponseController(w).Flush()
				arrived.Done()
				<-release
				_, _ = w.Write(make([]byte, 1000))
			}))
			t.Cleanup(open)
			said, process := child(t, "transfer "+base)
			answer, all := make(chan string, 1), make(chan struct{})
			go func() {
				line, _ := said.ReadString('\n')
				answer <- strings.TrimSpace(line)
			}()
			go func() {
				arrived.Wait()
				close(all)
			}()
			select {
			case <-all:
			case line := <-answer:
				t.Fatalf("%q bodies arrived before all were asked for", line)
			}
			rss := residentSet(t, process.Pid)
			open()
			if whole := <-answer; whole != fmt.Sprint(connectionsAtOnce) {
				t.Errorf("%q bodies arrived whole", whole)
			}
			t.Logf("%d MiB with %d connections, %d KiB each", rss>>20, connectionsAtOnce, rss/connectionsAtOnce>>10)
			if rss > rssLimit {
				t.Errorf("%d MiB resident, over %d", rss>>20, rssLimit>>20)
			}
		})
	}
}

// manyHosts listens at a thousand addresses, 127.10.0.1 and on, with one port, and returns what a child needs to know.
func manyHosts(t *testing.T, scheme string, h http.Handler) string {
	t.Helper()
	port := "0"
	for i := range connectionsAtOnce {
		listener, err := net.Listen("tcp", net.JoinHostPort(loopbackHost(i), port))
		if err != nil {
			t.Fatal(err)
		}
		_, port, _ = net.SplitHostPort(listener.Addr().String())
		s := httptest.NewUnstartedServer(h)
		s.Listener.Close()
		s.Listener = listener
		if scheme == "http" {
			s.Start()
		} else {
			s.StartTLS()
		}
		t.Cleanup(s.Close)
	}
	return scheme + " " + port
}

func loopbackHost(i int) string { return fmt.Sprintf("127.10.%d.%d", i/200, i%200+1) }

// transferChild gets one picture from every host at once, and says how many arrived whole.
func transferChild(argument string) {
	scheme, port, _ := strings.Cut(argument, " ")
	f, err := New(Config{AllowPrivate: true, InsecureTLS: true, MinRate: 1, Tries: 1, Timeout: patience, HeaderTimeout: patience})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	whole := 0
	for i := range connectionsAtOnce {
		wg.Go(func() {
			url := scheme + "://" + net.JoinHostPort(loopbackHost(i), port) + "/x.jpg"
			r, err := f.Get(context.Background(), Request{URL: url, Follow: true})
			if err != nil || r.Reason != "" {
				fmt.Fprintln(os.Stderr, r.URL, r.Reason, r.Detail, err)
			}
			mu.Lock()
			defer mu.Unlock()
			if len(r.Body) == 40_000 {
				whole++
			}
		})
	}
	wg.Wait()
	f.Close()
	fmt.Println(whole)
	_, _ = io.Copy(io.Discard, os.Stdin)
}

func residentSet(t *testing.T, pid int) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Skip("no /proc to read the resident set from")
	}
	found := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	if found == nil {
		t.Fatalf("no VmHWM in %s", status)
	}
	kib, err := strconv.ParseInt(string(found[1]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kib << 10
}
