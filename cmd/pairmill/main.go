package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// version is set by the linker.
var version = "dev"

// cli is the command line. Each command is a struct with a Run method in a file of its own.
type cli struct {
	Run      runCmd      `cmd:"" help:"Run a spec from its source to a published dataset; run it again to go on after an interruption."`
	Download downloadCmd `cmd:"" help:"Download a list of URLs into shards: img2dataset's options, img2dataset's layout."`
	Retry    retryCmd    `cmd:"" help:"Ask again for rows of a run that were dropped, by reason or class."`
	Adopt    adoptCmd    `cmd:"" help:"Take shards that are there, of img2dataset or any WebDataset tars, as a run, in place."`
	Estimate estimateCmd `cmd:"" help:"Say what the whole of a list would come to, going by a sample."`
	Report   reportCmd   `cmd:"" help:"Say what became of a run's rows: reasons, hosts, domains, rates, with a curl line for each."`
	Spec     specCmd     `cmd:"" help:"Write or check a spec."`
	Verify   verifyCmd   `cmd:"" help:"Recompute and compare everything that a run or a dataset says of itself."`
	Repair   repairCmd   `cmd:"" help:"Make again what verify finds damaged or missing in a store, and only that."`
	Search   searchCmd   `cmd:"" help:"Rank a dataset's samples by a text or a picture."`
	Look     lookCmd     `cmd:"" help:"Show a dataset at a glance: its best and worst pairs and, as a page, its funnel."`
	Decode   decodeCmd   `cmd:"" hidden:""`
	Model    modelCmd    `cmd:"" help:"Say what an encoder is."`

	Serve     serveCmd     `cmd:"" group:"A cluster" help:"Be a cluster's control plane: API, schedules, and what keeps runs going."`
	Worker    workerCmd    `cmd:"" group:"A cluster" help:"Join a cluster and work."`
	Submit    submitCmd    `cmd:"" group:"A cluster" help:"Let a cluster run a spec."`
	Runs      runsCmd      `cmd:"" group:"A cluster" help:"List a cluster's runs."`
	Status    statusCmd    `cmd:"" group:"A cluster" help:"Show how a run stands: stages, rates, reasons, slow hosts, workers, jobs given up."`
	Pause     pauseCmd     `cmd:"" group:"A cluster" help:"Begin nothing more of a run for now."`
	Resume    resumeCmd    `cmd:"" group:"A cluster" help:"Go on with a run that was paused or cancelled, or that stopped."`
	Cancel    cancelCmd    `cmd:"" group:"A cluster" help:"End a run where it is."`
	Priority  priorityCmd  `cmd:"" group:"A cluster" help:"Give a run another share of the workers."`
	Reconcile reconcileCmd `cmd:"" group:"A cluster" help:"Derive runs again from the store now, and say what the queue had lost."`
	Workers   workersCmd   `cmd:"" group:"A cluster" help:"List a cluster's processes."`
	Logs      logsCmd      `cmd:"" group:"A cluster" help:"Show the log of a run or of one of its jobs."`
	Schedule  scheduleCmd  `cmd:"" group:"A cluster" help:"Run specs again and again."`

	Log       string           `help:"Least level of log lines: debug, info, warn or error." enum:"debug,info,warn,error" env:"PAIRMILL_LOG" default:"info"`
	LogFormat string           `help:"Form of log lines: text, or json, one object each." enum:"text,json" env:"PAIRMILL_LOG_FORMAT" default:"text"`
	Version   kong.VersionFlag `help:"Print the version."`
}

func main() {
	if supervised(os.Args[1:]) {
		os.Exit(supervise(os.Args[1:]))
	}
	keepWord()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := execute(ctx, os.Args[1:], os.Stdout, os.Stderr)
	sayDone()
	stop()
	os.Exit(code)
}

// env is what commands share: where they print, and what ends them.
type env struct {
	ctx            context.Context
	stdout, stderr io.Writer
	level          string
	format         string // of log lines
}

// execute parses and runs one command line and returns its exit code.
func execute(ctx context.Context, args []string, stdout, stderr io.Writer) (code int) {
	var c cli
	exited := -1
	parser, err := kong.New(&c, kong.Name("pairmill"), kong.Writers(stdout, stderr), kong.Vars{"version": version},
		kong.Description("From the web to a dataset that a contrastive trainer opens as it is."),
		kong.Exit(func(code int) { exited = code }))
	if err != nil {
		fmt.Fprintln(stderr, "pairmill:", err)
		return exitError
	}
	kctx, err := parser.Parse(pyArgs(args))
	if exited >= 0 {
		return exited
	}
	if err != nil {
		fmt.Fprintln(stderr, "pairmill:", err)
		return exitUsage
	}
	e := &env{ctx: ctx, stdout: stdout, stderr: stderr, level: c.Log, format: c.LogFormat}
	err = kctx.Run(e)
	if err != nil && !errors.Is(err, errQuiet) {
		e.complain(err)
	}
	return exitCode(ctx, err)
}
