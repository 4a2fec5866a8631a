package report

import (
	"context"
	"time"

	"pairmill/internal/extsort"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
	"pairmill/store/table"
)

// Report is what became of a run's rows. Counts are of rows.
type Report struct {
	Run         string                  `json:"run"`
	Over        bool                    `json:"over"`    // every pass that was planned has ended
	Planned     int64                   `json:"planned"` // rows of the shards that were planned; 0 where that is not known yet, as in a crawl
	Rows        int64                   `json:"rows"`    // whose shard is done
	Kept        int64                   `json:"kept"`
	Quarantined int64                   `json:"quarantined"` // of jobs that were given up
	Classes     map[schemas.Class]int64 `json:"classes"`
	Reasons     []Reason                `json:"reasons"` // most rows first
	Hosts       []Site                  `json:"hosts"`   // those with most dropped rows
	Domains     []Site                  `json:"domains"`
	Generations int                     `json:"generations"`
	Spent       Spent                   `json:"spent"`
	Observed    Observed                `json:"observed"`
}

// Reason is one reason and an example of it.
type Reason struct {
	Reason  schemas.Reason `json:"reason"`
	Class   schemas.Class  `json:"class"`
	Rows    int64          `json:"rows"`
	Hosts   int64          `json:"hosts"` // on which it occurred
	URL     string         `json:"url"`   // of the example
	Detail  string         `json:"detail"`
	Command string         `json:"command"` // that asks for the example again
}

// Site is a host or a registrable domain.
type Site struct {
	Name    string                   `json:"name"`
	Dropped int64                    `json:"dropped"`
	Reasons map[schemas.Reason]int64 `json:"reasons"`
	Command string                   `json:"command"` // that asks again for one of its rows
}

// Observed adds up what the web's answers cost.
type Observed struct {
	Bytes    int64 `json:"bytes"`    // received
	Requests int64 `json:"requests"` // robots.txt not counted
	// Unchanged counts rows whose bytes were taken over from the run that this one is since.
	Unchanged int64   `json:"unchanged,omitempty"`
	Waited    float64 `json:"waited_seconds"` // for hosts' turns, summed over rows
	Took      float64 `json:"took_seconds"`   // request to last byte, summed over rows
	Stored    int64   `json:"stored"`         // bytes of pictures kept
}

// Config of Collect. The zero value works.
type Config struct {
	Dir       string        // for sorted runs; empty: the system's folder for temporary files
	Top       int           // hosts and domains that are listed; default 20
	UserAgent string        // in the example commands; default none is given
	Timeout   time.Duration // in the example commands; default 30 s
	// Address is where the run found a host, in the example commands; empty or nil: DNS says it.
	Address func(host string) string
}

// Collect reads a run's tables.
func Collect(ctx context.Context, s store.Store, run string, cfg Config) (*Report, error) {
	if cfg.Top <= 0 {
		cfg.Top = 20
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = 30 * time.Second
	}
	gens, err := ledger.Generations(ctx, s, run)
	if err != nil {
		return nil, err
	}
	c := collector{
		ctx: ctx, store: s, cfg: cfg, gens: gens,
		out: &Report{
			Run: run, Generations: len(gens), Classes: map[schemas.Class]int64{}, Reasons: []Reason{}, Hosts: []Site{}, Domains: []Site{},
		},
		failed: extsort.New(compareFailures, extsort.Config{Dir: cfg.Dir}),
	}
	defer c.failed.Close()
	for rec, err := range ledger.Run(ctx, s, run) {
		if err != nil {
			return nil, err
		}
		if err := c.record(rec); err != nil {
			return nil, err
		}
	}
	if err := c.sites(); err != nil {
		return nil, err
	}
	c.out.Spent, err = readSpent(ctx, s, run)
	return c.out, err
}

// collector is one Collect in work.
type collector struct {
	ctx    context.Context
	store  store.Store
	cfg    Config
	gens   schemas.Generations
	out    *Report
	failed *extsort.Sorter[failure]
}

// record takes in what one commit record says.
func (c *collector) record(rec schemas.Commit) error {
	if rec.Job.Generation >= len(c.gens) {
		return nil // planned since this report was begun
	}
	switch rec.Job.Task {
	case schemas.TaskCut:
		if !c.gens[rec.Job.Generation].IsRetry() {
			for _, o := range rec.Of(schemas.RolePart) {
				c.out.Planned += o.Rows
			}
		}
	case schemas.TaskRelease, schemas.TaskFinish:
		c.out.Over = c.out.Over || rec.Job.Generation == len(c.gens)-1
	}
	if rec.Job.Task != schemas.TaskFetch {
		c.out.Quarantined += rec.Counts.Quarantined
		return nil
	}
	c.out.Observed.Bytes += rec.Counts.Bytes
	c.out.Observed.Requests += rec.Counts.Requests
	c.out.Observed.Unchanged += rec.Counts.Unchanged
	for _, o := range rec.Of(schemas.RoleTable) {
		for row, err := range table.Read[schemas.Row](c.ctx, c.store, o.Key) {
			if err != nil {
				return err
			}
			if err := c.row(rec.Left(schemas.Reason(row.Reason)), &row); err != nil {
				return err
			}
		}
	}
	for _, o := range rec.Of(schemas.RoleObservations) {
		for x, err := range table.Read[schemas.Observation](c.ctx, c.store, o.Key) {
			if err != nil {
				return err
			}
			c.out.Observed.Waited += float64(x.WaitedMS) / 1000
			c.out.Observed.Took += float64(x.TookMS) / 1000
		}
	}
	return nil
}

func (c *collector) row(generation int, r *schemas.Row) error {
	reason := schemas.Reason(r.Reason)
	switch {
	case c.gens.Superseded(generation, reason):
		return nil
	case reason == schemas.Kept:
		c.out.Rows++
		c.out.Kept++
		c.out.Observed.Stored += r.ImageBytes
		return nil
	}
	c.out.Rows++
	c.out.Classes[reason.Class()]++
	return c.failed.Add(failureOf(r), int64(len(r.URL)+len(r.Detail)+200))
}
