package nats

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"pairmill/cluster"
	"pairmill/schemas"
)

// BenchmarkPullAck takes queued jobs one by one, of one run or several in turn.
func BenchmarkPullAck(b *testing.B) {
	for _, c := range []struct{ pullers, runs int }{{1, 1}, {8, 1}, {1, 10}, {8, 10}, {8, 100}} {
		b.Run(fmt.Sprintf("pullers=%d/runs=%d", c.pullers, c.runs), func(b *testing.B) {
			q := openBench(b)
			for i := range c.runs {
				jobs := make([]schemas.Job, b.N/c.runs+1)
				for k := range jobs {
					jobs[k] = testJob(fmt.Sprint(k))
					jobs[k].Run = fmt.Sprintf("r%d", i)
				}
				if err := q.Push(b.Context(), jobs...); err != nil {
					b.Fatal(err)
				}
			}
			b.ResetTimer()
			var wg sync.WaitGroup
			for p := range c.pullers {
				wg.Go(func() {
					for range (b.N + p) / c.pullers {
						takeOne(b, q)
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
		})
	}
}

// BenchmarkHandOver is the time from a Push to the return of a Pull that waited for it.
func BenchmarkHandOver(b *testing.B) {
	for _, runs := range []int{1, 10, 50} {
		b.Run(fmt.Sprintf("runs=%d", runs), func(b *testing.B) {
			q := openBench(b)
			knowRuns(b, q, runs)
			b.ResetTimer()
			for i := range b.N {
				b.StopTimer()
				got := make(chan cluster.Delivery)
				go func() {
					d, _ := q.Pull(b.Context(), schemas.StageFetch)
					got <- d
				}()
				time.Sleep(100 * time.Millisecond)
				j := testJob(fmt.Sprint(i))
				j.Run = "r0"
				b.StartTimer()
				if err := q.Push(b.Context(), j); err != nil {
					b.Fatal(err)
				}
				d := <-got
				b.StopTimer()
				if err := d.Ack(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkIdle counts what the Pulls of one idle process ask of the server: four for each stage.
func BenchmarkIdle(b *testing.B) {
	for _, runs := range []int{1, 10, 50} {
		b.Run(fmt.Sprintf("runs=%d", runs), func(b *testing.B) {
			s, err := Start(b.Context(), ServerConfig{Dir: b.TempDir()})
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			q, err := Open(b.Context(), s.Conn(), Config{})
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = q.Close() }()
			knowRuns(b, q, runs)
			ctx, cancel := context.WithCancel(b.Context())
			defer cancel()
			for _, stage := range schemas.Stages() {
				for range 4 {
					go func() { _, _ = q.Pull(ctx, stage) }()
				}
			}
			time.Sleep(10 * time.Second)
			const long = time.Minute
			before := varz(b, s).InMsgs
			time.Sleep(long)
			b.ReportMetric(float64(varz(b, s).InMsgs-before)/long.Seconds(), "messages/s")
		})
	}
}

func openBench(b *testing.B) *Queue {
	s, err := Start(b.Context(), ServerConfig{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	q, err := Open(b.Context(), s.Conn(), Config{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = q.Close() })
	return q
}

// knowRuns queues and takes a job of each run.
func knowRuns(b *testing.B, q *Queue, runs int) {
	for i := range runs {
		j := testJob("first")
		j.Run = fmt.Sprintf("r%d", i)
		if err := q.Push(b.Context(), j); err != nil {
			b.Fatal(err)
		}
		takeOne(b, q)
	}
}

func takeOne(b *testing.B, q *Queue) {
	d, err := q.Pull(b.Context(), schemas.StageFetch)
	if err == nil {
		err = d.Ack(b.Context())
	}
	if err != nil {
		b.Error(err)
	}
}
