package main

import (
	"context"
	"fmt"
	"path/filepath"
)

// cost is what one run took, over all of its shards.
type cost struct {
	done
	Shard    int // rows
	Worker   float64
	Control  float64
	NATS     float64 // seconds of CPU, as the two before
	Store    float64 // calls
	Messages float64 // from clients to NATS
	Objects  float64 // that the store has then
	Reread   float64 // seconds from the start of a new control plane until it has read all of the run's commit records
}

// split is a cost by what it grows with.
type split struct{ Job, Row float64 }

// overhead downloads the same rows in small and in large shards. What they differ by is the jobs' share.
func overhead(ctx context.Context, o options) (any, error) {
	var runs []cost
	for _, shard := range []int{o.small, o.large} {
		c, err := spend(ctx, o, shard)
		if err != nil {
			return nil, err
		}
		runs = append(runs, c)
	}
	small, large := runs[0], runs[1]
	divide := func(of func(cost) float64) split {
		job := (of(small) - of(large)) / float64(small.Jobs-large.Jobs)
		return split{job, (of(large) - job*float64(large.Jobs)) / float64(large.Rows)}
	}
	shares := map[string]split{}
	fmt.Printf("%d rows from 250 hosts, one worker: %d jobs in %.1f s, and %d jobs in %.1f s\n\n", small.Rows, small.Jobs, small.Seconds, large.Jobs, large.Seconds)
	fmt.Printf("%-28s %10s %10s\n", "", "a job", "a row")
	for _, x := range []struct {
		name, unit string
		of         func(cost) float64
		scale      float64
	}{
		{"CPU of the worker", "µs", func(c cost) float64 { return c.Worker }, 1e6},
		{"CPU of the control plane", "µs", func(c cost) float64 { return c.Control }, 1e6},
		{"CPU of NATS", "µs", func(c cost) float64 { return c.NATS }, 1e6},
		{"calls to the store", "", func(c cost) float64 { return c.Store }, 1},
		{"messages to NATS", "", func(c cost) float64 { return c.Messages }, 1},
		{"objects in the store", "", func(c cost) float64 { return c.Objects }, 1},
	} {
		s := divide(x.of)
		shares[x.name] = s
		fmt.Printf("%-28s %10.3g %10.3g\n", x.name+" "+x.unit, s.Job*x.scale, s.Row*x.scale)
	}
	fmt.Printf("\nfrom its start, a new control plane has read the %d commit records after %.1f s, and the %d after %.1f s\n", small.Jobs, small.Reread, large.Jobs, large.Reread)
	return map[string]any{"runs": runs, "shares": shares}, nil
}

// spend downloads a list once, on a new cluster with one worker, and says what everybody used for it.
func spend(ctx context.Context, o options, shard int) (c cost, err error) {
	err = o.try(ctx, "overhead", 250, 0, 1, nil, func(x trial) error {
		before, err := x.spent()
		if err != nil {
			return err
		}
		d, err := x.download(ctx, o, "overhead", shard)
		if err != nil {
			return err
		}
		after, err := x.spent()
		if err != nil {
			return err
		}
		objects, _, err := size(filepath.Join(x.dir, "store"))
		if err != nil {
			return err
		}
		reread, err := x.reread(ctx, d.Jobs)
		c = cost{
			done: d, Shard: shard, Worker: after.Worker - before.Worker, Control: after.Control - before.Control, NATS: after.NATS - before.NATS,
			Store: after.Store - before.Store, Messages: after.Messages - before.Messages, Objects: float64(objects), Reread: reread,
		}
		return err
	})
	return c, err
}

// spent is what everybody has used so far.
func (x trial) spent() (c cost, err error) {
	figures, err := x.figures()
	if err != nil {
		return c, err
	}
	messages, err := x.received()
	c.Store = figures["pairmill_store_requests_total"]
	c.Worker, c.Control, c.NATS, c.Messages = x.workers[0].cpu().Seconds(), x.control.cpu().Seconds(), x.cpu().Seconds(), float64(messages)
	return c, err
}
