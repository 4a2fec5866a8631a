package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"pairmill/internal/specfile"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
)

type retryCmd struct {
	Run_    string        `arg:"" name:"run" help:"STORE/runs/NAME, or a store with one run, such as the output folder of a download; of a cluster, the run's name."`
	Reason  []string      `help:"Reasons to ask again for, such as timeout,dns_error." placeholder:"REASON"`
	Class   string        `help:"All reasons of a class: ours, refused or gone." placeholder:"CLASS"`
	Timeout time.Duration `help:"For one request in all, in this pass. Default: as before." placeholder:"DURATION"`
	Tries   int           `help:"Tries in this pass where another may help. Default: as before." placeholder:"N"`
	Workers int           `help:"Shards in work at a time." default:"2"`

	AllowPrivate bool              `help:"Dial loopback and private addresses in this pass."`
	Hosts        map[string]string `help:"Host name or *.suffix to IP address, asked before DNS, in this pass. Default: as before." placeholder:"NAME=IP"`
	PerHost      int               `help:"Requests in flight to one host in this pass. Default: as before." placeholder:"N"`
	Contact      string            `help:"URL or mail address in the User-Agent of this pass. Default: as before."`

	Server    string `help:"URL of the control plane of the cluster that has the run; then RUN is its name. Default: no cluster." env:"PAIRMILL_SERVER" placeholder:"URL"`
	TokenFile string `help:"File with the server's token. Default: the token in PAIRMILL_TOKEN, if any." env:"PAIRMILL_TOKEN_FILE" placeholder:"FILE"`

	driving `embed:""`
}

// Help adds to the command's help text.
func (retryCmd) Help() string {
	return "Rows that come back now stand in further shards, behind those that are there, under the keys that they have always had; nothing is rewritten. " +
		"A run that makes a dataset goes on to its next version, of all that has come by then; versions that are there stay as they are. " +
		"Without --reason and --class: class ours, which another day may keep."
}

// Run asks again.
func (c *retryCmd) Run(e *env) error {
	started := time.Now()
	reasons, err := c.reasons()
	if err != nil {
		return usage(err)
	}
	if c.onCluster() {
		return c.ask(e, reasons)
	}
	at, run, err := findRun(e.ctx, c.Run_)
	if err != nil {
		return err
	}
	stages, err := stagesOf(e.ctx, at, run)
	if err != nil {
		return err
	}
	p := newProgress(e, run, stages...)
	o, err := openRun(e, &c.driving, string(at), run, p)
	if err != nil {
		p.close()
		return err
	}
	err = c.again(e, o, p, reasons)
	p.close()
	if errors.Is(err, errNothing) {
		fmt.Fprintln(e.stderr, "pairmill:", err)
		return o.close()
	}
	summary, serr := o.summarize(context.WithoutCancel(e.ctx), started)
	if err = errors.Join(err, serr); err == nil {
		err = printReport(context.WithoutCancel(e.ctx), e, o, summary, c.JSON)
		if summary.Dataset != "" {
			fmt.Fprintf(e.stderr, "%d rows in %s\n", summary.Rows, o.place.join(summary.Dataset))
		}
	}
	return interrupted(e.ctx, errors.Join(err, o.close()))
}

// stagesOf are the stages that a retry of a run shows: all of them where it makes a dataset.
func stagesOf(ctx context.Context, at place, run string) ([]schemas.Stage, error) {
	s, err := at.open(ctx)
	if err != nil {
		return nil, err
	}
	defer closeStore(s)
	spec, err := readRunSpec(ctx, s, run)
	if err != nil || spec.Deliver == nil {
		return nil, err
	}
	return []schemas.Stage{schemas.StageFetch}, nil
}

// errNothing ends a retry that has nothing to ask for.
var errNothing = errors.New("nothing to retry")

// reasons are what the options name. A filter's verdict would be the same again, so filters must be named one by one.
func (c *retryCmd) reasons() ([]schemas.Reason, error) {
	var out []schemas.Reason
	for _, word := range c.Reason {
		r := schemas.Reason(word)
		switch {
		case r.Class() == "":
			return nil, fmt.Errorf("--reason %s: want some of %v", word, schemas.Reasons())
		case r.OfTheSet():
			return nil, fmt.Errorf("--reason %s: it is decided over all samples together, and asking for a picture again does not change it", word)
		}
		out = append(out, r)
	}
	class := schemas.Class(c.Class)
	if class == "" && len(out) == 0 {
		class = schemas.Ours
	}
	if class != "" && !slices.Contains([]schemas.Class{schemas.Ours, schemas.Refused, schemas.Gone}, class) {
		return nil, fmt.Errorf("--class %s: want ours, refused or gone", class)
	}
	for _, r := range schemas.Reasons() {
		if r.Class() == class && r.MayPass() {
			out = append(out, r)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

func (c *retryCmd) again(e *env, o *opened, p *progress, reasons []schemas.Reason) error {
	spec, err := readRunSpec(e.ctx, o.store, o.run)
	if err != nil {
		return err
	}
	gens, err := ledger.Generations(e.ctx, o.store, o.run)
	if err != nil {
		return err
	}
	over, err := o.finished(e.ctx)
	if err != nil {
		return err
	}
	last := gens[len(gens)-1]
	switch {
	case !over && slices.Equal(last.Retry, reasons): // this command, interrupted
		return o.drive(e.ctx, p, c.Workers)
	case !over:
		return usage(fmt.Errorf("run %s has not ended: the command that began it goes on with it", o.run))
	}
	if n, err := c.count(e.ctx, o, reasons); n == 0 || err != nil {
		if err == nil {
			err = fmt.Errorf("%w: no row of %s was dropped for any of %v", errNothing, o.run, reasons)
		}
		return err
	}
	next := schemas.Generation{Version: schemas.Version, Number: len(gens), Retry: reasons, Fetch: c.manner(spec.Fetch)}
	if err := ledger.PutGeneration(e.ctx, o.store, o.run, next); err != nil {
		return err
	}
	return o.drive(e.ctx, p, c.Workers)
}

// count counts the rows that would be asked for again.
func (c *retryCmd) count(ctx context.Context, o *opened, reasons []schemas.Reason) (n int64, err error) {
	summary, err := o.summarize(ctx, time.Now())
	for _, r := range reasons {
		n += summary.Dropped[r]
	}
	return n, err
}

// manner is how the pass makes requests, if it differs.
func (c *retryCmd) manner(before schemas.Fetch) *schemas.Fetch {
	f := before
	f.AllowPrivate = f.AllowPrivate || c.AllowPrivate
	f.Contact = cmp.Or(c.Contact, f.Contact)
	f.PerHost = cmp.Or(c.PerHost, f.PerHost)
	f.Tries = cmp.Or(c.Tries, f.Tries)
	f.Timeout = cmp.Or(schemas.Duration(c.Timeout), f.Timeout)
	if len(c.Hosts) > 0 {
		f.Hosts = c.Hosts
	}
	if reflect.DeepEqual(f, before) {
		return nil
	}
	return &f
}

// readRunSpec reads a run's spec.
func readRunSpec(ctx context.Context, s store.Store, run string) (schemas.Spec, error) {
	key := store.SpecKey(run)
	text, err := store.ReadAll(ctx, s, key, specfile.MaxSize)
	if err != nil {
		return schemas.Spec{}, err
	}
	return specfile.Parse(strings.TrimPrefix(key, "runs/"), text)
}
