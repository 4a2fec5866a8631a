package fetch

import (
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// BenchmarkGet is what one picture of 20 KB costs the client, over connections that are kept ("https-anew": a connection
// with a resumed session for each): robots.txt look-up, pacing, limits and all. The server is another process; "cpu-µs/op" is this one's time, user and system.
func BenchmarkGet(b *testing.B) {
	for _, protocol := range []string{"http", "https", "h2", "https-anew"} {
		b.Run(protocol, func(b *testing.B) {
			said, _ := child(b, "serve "+protocol)
			port, err := said.ReadString('\n')
			if err != nil {
				b.Fatal(err)
			}
			f, err := New(Config{AllowPrivate: true, InsecureTLS: true, Hosts: map[string]string{"*.test": "127.0.0.1"}})
			if err != nil {
				b.Fatal(err)
			}
			defer f.Close()
			scheme := "https"
			if protocol == "http" {
				scheme = protocol
			}
			benchHosts(b, f, scheme, strings.TrimSpace(port))
		})
	}
}

// benchHosts asks 32 hosts at once, each for one picture after the other.
func benchHosts(b *testing.B, f *Fetcher, scheme, port string) {
	const hosts = 32
	ask := func(host, i int) {
		r, err := f.Get(b.Context(), Request{URL: fmt.Sprintf("%s://h%d.test:%s/%d.jpg", scheme, host, port, i), Follow: true, Hold: true})
		if err != nil || len(r.Body) != 20_000 {
			b.Errorf("%d bytes, %q %q, %v", len(r.Body), r.Reason, r.Detail, err)
		}
		r.Release()
	}
	for h := range hosts {
		ask(h, 0)
	}
	b.ReportAllocs()
	b.ResetTimer()
	before := cpuTime(b)
	var wg sync.WaitGroup
	for h := range hosts {
		wg.Go(func() {
			for i := h; i < b.N; i += hosts {
				ask(h, i)
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64((cpuTime(b)-before).Microseconds())/float64(b.N), "cpu-µs/op")
}

// cpuTime is what this process has used.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
