package pace

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pairmill/cluster/nats"
	"pairmill/fetch"
)

// benchHosts are hosts of one partition.
func benchHosts(n int) []string {
	var hosts []string
	for i := 0; len(hosts) < n; i++ {
		if h := fmt.Sprintf("img.host%d.test:80", i); partition(h) == 0 {
			hosts = append(hosts, h)
		}
	}
	return hosts
}

// benchOwner owns one partition, at once, on a real server, and returns clients that each have a connection.
func benchOwner(b *testing.B, clients int) []*Client {
	b.Helper()
	url := startNATS(b).URL()
	open := func() *nats.Medium {
		q, err := nats.Open(b.Context(), nats.Connect(url), nats.Config{Log: quiet})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = q.Close() })
		return q.Medium()
	}
	m := open()
	lock, err := m.Lock(b.Context(), deskName(0), "bench")
	if err != nil {
		b.Fatal(err)
	}
	d := newDesk(deskName(0), lock, m, fetch.PacerConfig{MaxDelay: time.Minute})
	d.start(nil)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = m.Answer(ctx, d.name, d.answer)
	}()
	var list []*Client
	for i := range clients {
		c, err := NewClient(open(), ClientConfig{ID: fmt.Sprint("w", i), Log: quiet})
		if err != nil {
			b.Fatal(err)
		}
		list = append(list, c)
	}
	b.Cleanup(func() {
		for _, c := range list {
			c.Close()
		}
		cancel()
		<-ended
		d.close()
	})
	for _, c := range list { // until the owner answers
		l, err := c.Acquire(b.Context(), benchHosts(1)[0])
		if err != nil {
			b.Fatal(err)
		}
		l.Release(fetch.Outcome{})
	}
	return list
}

// BenchmarkTurn is what a free host's turn costs a request that has nothing else to wait for.
func BenchmarkTurn(b *testing.B) {
	c := benchOwner(b, 1)[0]
	hosts := benchHosts(1000)
	var took []time.Duration
	for i := 0; b.Loop(); i++ {
		start := time.Now()
		l, err := c.Acquire(b.Context(), hosts[i%len(hosts)])
		if err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
		l.Release(fetch.Outcome{})
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "µs/p50")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "µs/p99")
}

// BenchmarkTurnsOfManyWorkers is how many requests one owner lets begin, of eight workers with 64 requests each in flight.
func BenchmarkTurnsOfManyWorkers(b *testing.B) {
	clients := benchOwner(b, 8)
	hosts := benchHosts(5000)
	var next atomic.Int64
	var wg sync.WaitGroup
	var mu sync.Mutex
	var took []time.Duration
	start := time.Now()
	for _, c := range clients {
		for range 64 {
			wg.Go(func() {
				var mine []time.Duration
				for {
					i := next.Add(1)
					if i > int64(b.N) {
						break
					}
					asked := time.Now()
					l, err := c.Acquire(b.Context(), hosts[int(i)%len(hosts)])
					if err != nil {
						b.Error(err)
						break
					}
					mine = append(mine, time.Since(asked))
					l.Release(fetch.Outcome{})
				}
				mu.Lock()
				defer mu.Unlock()
				took = append(took, mine...)
			})
		}
	}
	wg.Wait()
	slices.Sort(took)
	b.ReportMetric(float64(b.N)/time.Since(start).Seconds(), "turns/s")
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "µs/p50")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "µs/p99")
}
