package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"pairmill/cluster"
	"pairmill/cluster/nats"
	"pairmill/control"
	"pairmill/internal/specfile"
	"pairmill/schemas"
	"pairmill/workers"
)

type workerCmd struct {
	NATS         string        `name:"nats" help:"URLs of NATS servers, separated by commas." env:"PAIRMILL_NATS" default:"nats://127.0.0.1:4222" placeholder:"URL"`
	Stages       []string      `help:"Stages to work on: plan, crawl, fetch, dedup, embed, curate, publish. Default: all." env:"PAIRMILL_STAGES" placeholder:"STAGE"`
	Concurrency  int           `help:"Jobs of each stage that run side by side." env:"PAIRMILL_CONCURRENCY" default:"4"`
	Grace        time.Duration `help:"After SIGTERM, jobs in work may end for so long; what is not done by then is handed back." env:"PAIRMILL_GRACE" default:"30s"`
	DrainTimeout time.Duration `help:"After SIGTERM, the longest that stopping may take in all. Default: --grace and 15 s." env:"PAIRMILL_DRAIN_TIMEOUT" placeholder:"DURATION"`
	MinFree      float64       `help:"Share of the disk where jobs spool that must be free: below it, no further jobs are taken. 0 = take them anyway." env:"PAIRMILL_MIN_FREE" default:"0.1" placeholder:"SHARE"`
	joining      `embed:""`
}

// Help adds to the command's help text.
func (workerCmd) Help() string {
	return "A worker holds nothing that the cluster needs: start and kill as many as you like. On SIGTERM or SIGINT it begins nothing more, ends what it can " +
		"within --grace, hands the rest back, uncounted, and exits with 0; a second signal ends the grace period. " +
		"GOMEMLIMIT, such as 2GiB, bounds its memory. PAIRMILL_DEVICE says what models run on: cpu (the default), cuda, or auto; PAIRMILL_ORT_LIB names another " +
		"libonnxruntime than the one that was built with. Metrics and health checks are served on --listen; by default on any free port of 127.0.0.1, which is logged."
}

// Run works until it is told to stop.
func (c *workerCmd) Run(e *env) error {
	stages, err := c.stages()
	if err != nil {
		return usage(err)
	}
	j, err := c.open(e, cluster.RoleWorker, func(*joined) (nats.Conn, error) { return nats.Connect(c.NATS), nil })
	switch {
	case e.ctx.Err() != nil:
		return j.close() // told to stop before there was anything to do
	case err != nil:
		return err
	}
	dir, err := j.spools()
	if err != nil {
		return errors.Join(err, j.close())
	}
	w, err := control.NewWorker(control.WorkerConfig{
		Medium: j.medium, Stages: stages, Concurrency: c.Concurrency, Grace: orNone(c.Grace), DrainTimeout: c.DrainTimeout, MinFree: orNone(c.MinFree),
		Listen: c.Listen, Token: j.token, Version: version, Log: j.log, Metrics: j.metrics,
		Deps: workers.Deps{
			Store: j.store, ReadSpec: specfile.Parse, OpenEncoder: openEncoder(j.log), OpenSandbox: openSandbox, Sandboxed: sandboxed(),
			Files: openFiles(), Version: version, Dir: dir, Buffered: limitMemory(),
		},
	})
	if err != nil {
		return usage(errors.Join(err, j.close()))
	}
	defer cutBySecondSignal(w)()
	err = w.Run(e.ctx)
	return errors.Join(err, j.close())
}

// orNone turns what a person writes for nothing into what Config has for it.
func orNone[T time.Duration | float64](v T) T {
	if v == 0 {
		return -1
	}
	return v
}

// sameSignal is how long after the first signal another counts as the same: a terminal sends its own to this process and to
// its supervisor, which passes it on.
const sameSignal = time.Second

// cutBySecondSignal ends the grace period at the second signal; the first ends the command's context.
func cutBySecondSignal(w *control.Worker) (stop func()) {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	ended := make(chan struct{})
	go func() {
		for first := (time.Time{}); ; {
			select {
			case <-signals:
				if first.IsZero() {
					first = time.Now()
				} else if time.Since(first) > sameSignal {
					w.Cut()
				}
			case <-ended:
				return
			}
		}
	}()
	return func() {
		signal.Stop(signals)
		close(ended)
	}
}

func (c *workerCmd) stages() (list []schemas.Stage, err error) {
	if c.Concurrency < 1 {
		return nil, fmt.Errorf("--concurrency %d: want at least 1", c.Concurrency)
	}
	for _, word := range c.Stages {
		s := schemas.Stage(word)
		if !slices.Contains(schemas.Stages(), s) {
			return nil, fmt.Errorf("--stages %s: want some of %v", word, schemas.Stages())
		}
		list = append(list, s)
	}
	slices.Sort(list)
	return slices.Compact(list), nil
}
