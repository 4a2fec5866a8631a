package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// options are the command's flags.
type options struct {
	pairmill, nats, json, dir string
	rows, small, large        int
	jobs                      int
	delay                     time.Duration
}

// experiments are what can be measured, each with what it returns for -json.
var experiments = map[string]func(context.Context, options) (any, error){
	"enqueue": enqueue, "overhead": overhead, "workers": workers, "plan": plan,
}

func main() {
	var o options
	flag.StringVar(&o.pairmill, "pairmill", "bin/pairmill", "the binary")
	flag.StringVar(&o.nats, "nats", "nats-server", "nats-server's binary")
	flag.StringVar(&o.json, "json", "", "write the figures to this file")
	flag.StringVar(&o.dir, "dir", "", "folder for lists and stores, which are removed; default: the system's for temporary files")
	flag.IntVar(&o.rows, "rows", 40_000, "rows of the list; plan: 100,000,000 takes 20 GB of disk")
	flag.IntVar(&o.small, "small", 20, "overhead: rows of a small shard")
	flag.IntVar(&o.large, "large", 1000, "overhead: rows of a large shard; workers: of each")
	flag.IntVar(&o.jobs, "jobs", 100_000, "enqueue: jobs")
	flag.DurationVar(&o.delay, "delay", 500*time.Millisecond, "workers: how late the web answers")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o, flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "bench-scale:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options, name string) error {
	experiment, ok := experiments[name]
	if !ok || flag.NArg() != 1 {
		return fmt.Errorf("want one of enqueue, overhead, workers and plan, after the flags; got %q", flag.Args())
	}
	figures, err := experiment(ctx, o)
	if err != nil || o.json == "" {
		return err
	}
	data, err := json.MarshalIndent(figures, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(o.json, append(data, '\n'), 0o644)
}
