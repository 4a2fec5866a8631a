package main

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"pairmill/crawler/shards"
	"pairmill/internal/specfile"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
)

type adoptCmd struct {
	Path    string   `arg:"" help:"Folder, or s3://bucket/prefix, with img2dataset's shards or WebDataset tars. It becomes the store."`
	Tars    []string `help:"Keys or patterns of the tars in it, such as part1/*.tar. Default: all." placeholder:"PATTERN"`
	Pool    []string `help:"Keys or patterns of the tables of a DataComp pool in it, such as metadata/*.parquet; none leaves pools aside. Default: all." placeholder:"PATTERN"`
	ID      string   `name:"id" help:"Name of the run." default:"adopted"`
	Workers int      `help:"Shards that are read side by side." default:"2"`
	NATS    string   `name:"nats" help:"URL of a NATS server to queue jobs on. Default: a server inside this process." placeholder:"URL"`
	JSON    bool     `name:"json" help:"End with one JSON object on standard output."`
}

// Help adds to the command's help text.
func (adoptCmd) Help() string {
	return "Nothing is copied, moved or fetched: each tar is read once, and what later stages need to know of it is written to PATH/runs/ID. " +
		"Rows come from NNNNN.parquet beside a tar, failures with their reason; without one, from the samples' .txt and .json. " +
		"Rows without a picture say why, also those behind the end of a tar that was cut. " +
		"Afterwards `pairmill report PATH` says what failed, `pairmill retry PATH` asks again for it, and a spec with source.shards takes the same tars to a dataset: " +
		"pairmill run SPEC --store PATH.\n\n" +
		"A DataComp pool that lies in PATH (metadata/*.parquet, with .npz or without) is joined with the shards by uid and stays where it is: " +
		"the numbers of its tables become a column of the run, and a spec with source.shards.pool takes its vectors or its scores instead of computing any (embed.model: pool:l14, or pool:clip_l14_similarity_score). " +
		"A pool alone has no pictures: it is a list for `pairmill download`, and the error gives the command. " +
		"img2dataset's layouts files and parquet cannot be adopted: pictures are read by their place in a tar."
}

// Run adopts what is there.
func (c *adoptCmd) Run(e *env) error {
	started := time.Now()
	at, err := c.place()
	if err != nil {
		return usage(err)
	}
	p := newProgress(e, c.ID)
	d := driving{NATS: c.NATS, Anomaly: 1, JSON: c.JSON}
	o, err := openRun(e, &d, string(at), c.ID, p)
	if err != nil {
		p.close()
		return err
	}
	notes, err := c.adopt(e.ctx, o, p)
	p.close()
	return c.end(e, o, started, notes, err)
}

// place is where the shards are; it is never made.
func (c *adoptCmd) place() (place, error) {
	at, err := parsePlace(c.Path)
	switch {
	case err != nil:
		return at, err
	case !schemas.ValidName(c.ID):
		return at, fmt.Errorf("run name %q: want 1 to 64 of a-z, 0-9 and inner hyphens (setting: --id)", c.ID)
	case !at.remote() && !isFolder(string(at)):
		return at, fmt.Errorf("%s is no folder", at)
	}
	return at, nil
}

// adopt submits the run and drives it. notes are what a person should know of the shards.
func (c *adoptCmd) adopt(ctx context.Context, o *opened, p *progress) (notes []string, err error) {
	runs, err := runsIn(ctx, o.store)
	if err != nil {
		return nil, err
	}
	if runs[downloadRun] {
		return nil, usage(fmt.Errorf("%s is the output of `pairmill download`: it is a run already (%s)", o.place, o.place.join("runs/"+downloadRun)))
	}
	spec, there, err := c.before(ctx, o)
	if err != nil {
		return nil, err
	}
	if !there {
		if spec, err = c.submit(ctx, o); err != nil {
			return nil, err
		}
	}
	found, err := shards.Find(ctx, o.store, spec.Source.Shards.Tars)
	if err != nil {
		return nil, usage(err)
	}
	if err := o.drive(ctx, p, c.Workers); err != nil {
		return nil, err
	}
	return c.notes(ctx, o, found)
}

// before reads the spec of a run that is there, which must be one of this command.
func (c *adoptCmd) before(ctx context.Context, o *opened) (spec schemas.Spec, there bool, err error) {
	spec, err = readRunSpec(ctx, o.store, o.run)
	switch {
	case errors.Is(err, store.ErrNotExist):
		return spec, false, nil
	case err != nil:
		return spec, false, err
	case spec.Source.Shards == nil, spec.Deliver == nil:
		return spec, true, usage(fmt.Errorf("run %s of %s is no adoption: choose another --id", o.run, o.place))
	case len(c.Pool) > 0 && !reflect.DeepEqual(c.pools(c.Pool), spec.Source.Shards.Pool):
		return spec, true, usage(fmt.Errorf("run %s of %s is joined with %v: choose another --id for %v", o.run, o.place, spec.Source.Shards.Pool, c.Pool))
	case len(c.Tars) > 0 && !reflect.DeepEqual(c.Tars, spec.Source.Shards.Tars):
		return spec, true, usage(fmt.Errorf("run %s of %s adopts %v: choose another --id for %v", o.run, o.place, spec.Source.Shards.Tars, c.Tars))
	}
	return spec, true, nil
}

func (c *adoptCmd) submit(ctx context.Context, o *opened) (spec schemas.Spec, err error) {
	tars := c.Tars
	if len(tars) == 0 {
		tars, err = shards.Patterns(ctx, o.store)
		if errors.Is(err, shards.ErrNoTars) {
			err = usage(fmt.Errorf("%s: %w", o.place, err))
		}
		if err != nil {
			return spec, err
		}
	}
	spec = adoptSpec(o.run, tars)
	spec.Source.Shards.Pool = c.pools(c.Pool)
	if err := specfile.Validate(spec); err != nil {
		return spec, usage(err)
	}
	found, err := shards.Find(ctx, o.store, tars)
	if err != nil {
		return spec, usage(err)
	}
	if spec.Source.Shards.Pool, err = c.findPool(ctx, o, found); err != nil {
		return spec, err
	}
	text, err := specfile.Marshal(spec)
	if err != nil {
		return spec, err
	}
	return spec, o.submit(ctx, text)
}

// adoptSpec is the spec of a run that indexes shards: every row stays.
func adoptSpec(run string, tars []string) schemas.Spec {
	s := specfile.Default()
	s.Name, s.Dataset.Name = run, run
	s.Source.Shards = &schemas.Shards{Tars: tars}
	s.Filter = schemas.Filter{}
	s.Embed.Model = ""
	d := specfile.DefaultDeliver()
	d.Format = schemas.DeliverNone
	s.Deliver = &d
	return s
}

// notes says which shards were never finished, and whether there are tars that the run does not know.
func (c *adoptCmd) notes(ctx context.Context, o *opened, found []shards.Shard) (notes []string, err error) {
	planned, err := o.planned(ctx)
	if err != nil {
		return nil, err
	}
	if n := len(found) - planned; n > 0 {
		notes = append(notes, fmt.Sprintf("%d tars have come since run %s was planned: adopt them as a run of their own (--id, --tars)", n, o.run))
	}
	lines, err := c.joined(ctx, o)
	if err != nil {
		return nil, err
	}
	notes = append(notes, lines...)
	const most = 20
	unfinished := 0
	for _, s := range found {
		if !s.Unfinished() {
			continue
		}
		if unfinished++; unfinished <= most {
			notes = append(notes, fmt.Sprintf("%s is unfinished: it has a table and no _stats.json", s.Tar))
		}
	}
	if unfinished > most {
		notes = append(notes, fmt.Sprintf("%d more shards are unfinished", unfinished-most))
	}
	return notes, nil
}

// planned counts the fetch jobs of a run's first pass.
func (o *opened) planned(ctx context.Context) (n int, err error) {
	groups, _, err := ledger.ReadEnd(ctx, o.store, o.run, 0)
	for i := 0; i < groups && err == nil; i++ {
		var g schemas.Group
		g, err = ledger.ReadGroup(ctx, o.store, o.run, schemas.TaskFetch, schemas.GroupName(i))
		n += g.Size
	}
	return n, err
}

// end says what was adopted.
func (c *adoptCmd) end(e *env, o *opened, started time.Time, notes []string, err error) error {
	if err == nil {
		ctx := context.WithoutCancel(e.ctx)
		var summary schemas.Summary
		if summary, err = o.summarize(ctx, started); err == nil {
			err = printReport(ctx, e, o, summary, c.JSON)
		}
		for _, note := range notes {
			fmt.Fprintln(e.stderr, "pairmill:", note)
		}
	}
	return interrupted(e.ctx, errors.Join(err, o.close()))
}
