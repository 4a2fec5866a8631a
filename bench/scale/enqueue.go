package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"pairmill/cluster/nats"
	"pairmill/schemas"
)

// queueing is how fast a queue is on some servers.
type queueing struct {
	Servers, Jobs  int
	Push, PullAck1 float64 // jobs per second: queued in batches; taken and acknowledged by one puller
	PullAck8       float64 // by eight
}

// enqueue queues jobs and takes them out again.
func enqueue(ctx context.Context, o options) (any, error) {
	var all []queueing
	fmt.Printf("%d jobs\n\n%8s %14s %22s %22s\n", o.jobs, "servers", "queued/s", "taken/s by one", "taken/s by eight")
	for _, n := range []int{1, 3} {
		q, err := o.queueing(ctx, n)
		if err != nil {
			return nil, err
		}
		all = append(all, q)
		fmt.Printf("%8d %14.0f %22.0f %22.0f\n", n, q.Push, q.PullAck1, q.PullAck8)
	}
	return all, nil
}

func (o options) queueing(ctx context.Context, n int) (m queueing, err error) {
	dir, remove, err := below(o, "enqueue")
	if err != nil {
		return m, err
	}
	defer remove()
	s, err := startServers(ctx, o.nats, dir, n)
	if err != nil {
		return m, err
	}
	defer s.end()
	q, err := nats.Open(ctx, nats.Connect(s.URL), nats.Config{Replicas: n, Timeout: time.Minute})
	if err != nil {
		return m, err
	}
	defer q.Close()
	jobs := make([]schemas.Job, o.jobs)
	for i := range jobs {
		jobs[i] = schemas.Job{Version: schemas.Version, Run: "scale", Task: schemas.TaskFetch, Group: "all", Name: fmt.Sprintf("f%06d", i), Input: "parts/0123456789abcdef"}
	}
	m = queueing{Servers: n, Jobs: len(jobs)}
	began := time.Now()
	for at := 0; at < len(jobs); at += 1000 { // a group
		if err := q.Push(ctx, jobs[at:min(at+1000, len(jobs))]...); err != nil {
			return m, err
		}
	}
	m.Push = float64(len(jobs)) / time.Since(began).Seconds()
	part := min(len(jobs)/2, 5000) // one by one takes long enough
	for _, x := range []struct {
		pullers int
		rate    *float64
	}{{1, &m.PullAck1}, {8, &m.PullAck8}} {
		began := time.Now()
		var all sync.WaitGroup
		failed := make(chan error, x.pullers)
		for range x.pullers {
			all.Go(func() {
				for range part / x.pullers {
					d, err := q.Pull(ctx, schemas.StageFetch)
					if err == nil {
						err = d.Ack(ctx)
					}
					if err != nil {
						failed <- err
						return
					}
				}
			})
		}
		all.Wait()
		select {
		case err := <-failed:
			return m, err
		default:
		}
		*x.rate = float64(part/x.pullers*x.pullers) / time.Since(began).Seconds()
	}
	return m, nil
}
