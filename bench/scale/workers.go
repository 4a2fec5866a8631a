package main

import (
	"context"
	"fmt"
	"strconv"
)

// crew is how a number of workers did.
type crew struct {
	done
	Workers int
	Busy    float64 // share of the fetch slots' time in which they had a job
	Rate    float64 // rows per second
	CPU     float64 // seconds, of all processes, without the web's
}

// slots is how many jobs of a stage a worker has in work.
const slots = 2

// workers downloads the same rows from a web that answers late with more and more workers. A slot of 64 requests is then
// bound by waiting, not by cores, as it is on the real web.
func workers(ctx context.Context, o options) (any, error) {
	var crews []crew
	fmt.Printf("%d rows in shards of %d, answers after %v, %d slots of 64 requests for each worker\n\n%8s %8s %8s %10s %12s %8s\n",
		o.rows, o.large, o.delay, slots, "workers", "s", "rows/s", "by one", "slots busy", "queued")
	for _, n := range []int{1, 2, 4, 8} {
		c, err := o.crew(ctx, n)
		if err != nil {
			return nil, err
		}
		crews = append(crews, c)
		fmt.Printf("%8d %8.1f %8.0f %10.2f %11.0f%% %8d\n", n, c.Seconds, c.Rate, c.Rate/crews[0].Rate, 100*c.Busy, c.Queued)
	}
	return crews, nil
}

func (o options) crew(ctx context.Context, n int) (c crew, err error) {
	err = o.try(ctx, "workers", 500, o.delay, n, []string{"--concurrency", strconv.Itoa(slots)}, func(x trial) error {
		d, err := x.download(ctx, o, "workers", o.large)
		if err != nil {
			return err
		}
		figures, err := x.figures()
		if err != nil {
			return err
		}
		c = crew{done: d, Workers: n, Rate: float64(d.Rows) / d.Seconds, Busy: figures[`pairmill_job_seconds_sum{task="fetch"}`] / (d.Seconds * float64(n*slots))}
		for _, w := range x.workers {
			c.CPU += w.cpu().Seconds()
		}
		c.CPU += x.control.cpu().Seconds() + x.cpu().Seconds()
		return nil
	})
	return c, err
}
