package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pairmill/cluster"
	"pairmill/internal/specfile"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
	"pairmill/workers"
)

// driving is what the commands that drive a run have in common.
type driving struct {
	NATS       string  `name:"nats" help:"URL of a NATS server to queue jobs on. Default: a server inside this process." placeholder:"URL"`
	MaxBytes   int64   `help:"Halt at the end of the shards in work once so many bytes were received in the whole run. 0 = no limit." default:"0" placeholder:"N"`
	MaxSeconds float64 `help:"Halt at the end of the shards in work after so many seconds. 0 = no limit." default:"0" placeholder:"S"`
	Anomaly    float64 `help:"Halt when one reason takes this share of the last 500 rows. 0 = by class: 0.5 ours, 0.8 refused, 0.95 gone; 1 = never." default:"0" placeholder:"SHARE"`
	JSON       bool    `name:"json" help:"End with one JSON object on standard output."`
}

func (d *driving) guard() workers.GuardConfig {
	return workers.GuardConfig{
		MaxBytes: d.MaxBytes, MaxTime: time.Duration(d.MaxSeconds * float64(time.Second)),
		Anomaly: workers.AnomalyConfig{Share: d.Anomaly},
	}
}

// drive takes what is left of a run to its end in this process, and notes what that took.
func (o *opened) drive(ctx context.Context, p *progress, jobs int) error {
	started := startSpending(o.store, o.run)
	var counts schemas.Counts
	for rec, err := range ledger.Run(ctx, o.store, o.run) {
		if err != nil {
			return err
		}
		counts.Add(rec.Counts)
		if !o.told {
			p.Before(rec)
		}
	}
	o.told = true
	guard, ctx := workers.NewGuard(ctx, o.guard, counts.Bytes, p)
	defer guard.Close()
	ending := workers.NewEnding(o.run, guard)
	handlers := workers.NewHandlers(o.deps(ending))
	p.watch(handlers.Waits)
	err := workers.Drive(ctx, o.queue, handlers, ending, workers.Config{Concurrency: jobs, Drain: guard.Drain(), Log: p.log})
	err = errors.Join(err, handlers.Close())
	if err == nil && guard.Halted() == nil {
		o.tidy(ctx, p)
	}
	if why := guard.Halted(); why != nil && (err == nil || errors.Is(err, workers.ErrHalted)) {
		over, oerr := o.finished(context.WithoutCancel(ctx))
		if err = oerr; err == nil && !over {
			err = codeError{exitHalted, fmt.Errorf("%w\nthe same command goes on where this one stopped", why)}
		}
	}
	return errors.Join(err, started.put(context.WithoutCancel(ctx)))
}

// tidy takes a run that has come to its end out of the queue, which keeps something for each run that it knows. A later
// pass of the run makes it known again.
func (o *opened) tidy(ctx context.Context, p *progress) {
	q, ok := o.queue.(cluster.Steering)
	if !ok {
		return
	}
	if err := q.Drop(ctx, o.run); err != nil && ctx.Err() == nil {
		p.log.Warn("the run has ended, but the queue still knows it", "run", o.run, "error", err)
	}
}

// finished tells whether nothing of a run is left to do.
func (o *opened) finished(ctx context.Context) (bool, error) {
	handlers := workers.NewHandlers(o.deps(workers.Unwatched{}))
	over, err := handlers.Over(ctx, o.run)
	if errors.Is(err, workers.ErrStopped) {
		over, err = false, nil // whoever drives it again has mended what stopped it
	}
	return over, errors.Join(err, handlers.Close())
}

// countGivenUp counts the jobs of a run that were given up, with rows or without.
func (o *opened) countGivenUp(ctx context.Context) (n int, err error) {
	for _, err := range ledger.Quarantined(ctx, o.store, o.run) {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// summarize adds the run up from the store.
func (o *opened) summarize(ctx context.Context, started time.Time) (schemas.Summary, error) {
	counts, err := ledger.Sum(ctx, o.store, o.run)
	if err != nil {
		return schemas.Summary{}, fmt.Errorf("sum up %s: %w", o.run, err)
	}
	summary := schemas.Summarize(o.run, counts)
	gens, err := ledger.Generations(ctx, o.store, o.run)
	if err != nil {
		return summary, err
	}
	for g := range gens { // the last version counts
		for rec, err := range ledger.Group(ctx, o.store, o.run, schemas.TaskRelease, schemas.AllGroup(g)) {
			if err != nil {
				return summary, err
			}
			if m := rec.Of(schemas.RoleManifest); len(m) > 0 {
				summary.Dataset = folderOf(m[0].Key)
			}
		}
	}
	summary.Seconds = time.Since(started).Seconds()
	return summary, nil
}

// begin submits a spec, with its first pass if that is not all of it. A run that is there already stays as it is.
func (o *opened) begin(ctx context.Context, spec []byte, first schemas.Generation) error {
	there, err := ledger.Exists(ctx, o.store, store.SpecKey(o.run))
	if err == nil {
		err = o.sameSince(ctx, there, first.Since)
	}
	if err == nil && !there && first.Since != "" { // later on, the run that it is since may be gone
		err = o.canBeSince(ctx, spec, first.Since)
	}
	if err == nil && !there {
		err = o.empty(ctx)
	}
	if err == nil && !there && (first.To < 1 || first.Since != "") {
		err = ledger.PutGeneration(ctx, o.store, o.run, first)
	}
	if err != nil {
		return err
	}
	return o.submit(ctx, spec)
}

// canBeSince refuses a run of a spec that cannot be since another.
func (o *opened) canBeSince(ctx context.Context, text []byte, since string) error {
	spec, err := specfile.Parse("spec", text)
	if err == nil {
		_, err = workers.Base(ctx, o.store, specfile.Parse, spec, since)
	}
	if workers.IsPermanent(err) {
		err = usage(err)
	}
	return err
}

// sameSince refuses a run that is there, or of which the first pass is recorded, and is since another than the one that is asked
// for.
func (o *opened) sameSince(ctx context.Context, there bool, since string) error {
	gens, err := ledger.Generations(ctx, o.store, o.run)
	if was := gens.Since(); err == nil && was != since && (there || was != "") {
		err = usage(fmt.Errorf("--since %q: run %s is since %q already: choose another --id", since, o.run, was))
	}
	return err
}

// larger plans a pass over the rows of the spec's list that are in a share and that no pass has taken.
func (o *opened) larger(ctx context.Context, share float64) (more bool, err error) {
	gens, err := ledger.Generations(ctx, o.store, o.run)
	if err != nil {
		return false, err
	}
	next := schemas.Generation{Version: schemas.Version, Number: len(gens), From: taken(gens, nil), To: share}
	if next.From >= next.To {
		return false, nil
	}
	return true, ledger.PutGeneration(ctx, o.store, o.run, next)
}

// taken is the share of a list that a run's passes have taken so far.
func taken(gens schemas.Generations, list *schemas.List) (share float64) {
	for _, g := range gens {
		if !g.IsRetry() && sameInputs(g.List, list) {
			share = max(share, g.To)
		}
	}
	return share
}
