package report

import (
	"context"
	"errors"
	"math"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
	"pairmill/store/table"
)

// Interval is an estimate of a total with the bounds between which it lies in 95 of 100 samples.
type Interval struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Estimate is what the whole list would come to, going by the rows that were taken so far. The rows of a sample are drawn
// by hash, each by itself, so the usual formulas for simple random samples hold; they say nothing of how the web changes.
type Estimate struct {
	Run      string                     `json:"run"`
	Rows     int64                      `json:"rows"`   // of the list
	Sampled  int64                      `json:"sample"` // rows that are done
	Kept     Interval                   `json:"kept"`   // rows
	Classes  map[schemas.Class]Interval `json:"classes"`
	Received Interval                   `json:"received"` // bytes
	Stored   Interval                   `json:"stored"`   // bytes of pictures
	Requests Interval                   `json:"requests"`
	Seconds  Interval                   `json:"seconds"` // at the rate so far; 0 where no process has left its time
	Slowest  Host                       `json:"slowest"` // the host that would take longest by itself

	// Unfinished tells that the pass is not over: what is done are then the first rows of the list and no sample of it, and
	// the bounds say nothing.
	Unfinished bool `json:"unfinished"`
}

// Host is a host and how long its rows would take one after the other.
type Host struct {
	Name    string  `json:"name"`
	Rows    int64   `json:"rows"`    // in the whole list, estimated
	Seconds float64 `json:"seconds"` // rows × mean time of its answers / requests in flight to it
}

// ErrNoSample is a run that has nothing to go by.
var ErrNoSample = errors.New("no rows are done yet: take a sample first (--sample 0.01)")

// z is the normal quantile of 95 %.
const z = 1.959964

// sums are of one quantity over the rows of a sample.
type sums struct{ n, x, xx float64 }

func (s *sums) add(v float64) { s.n, s.x, s.xx = s.n+1, s.x+v, s.xx+v*v }

// total extrapolates to a population of n rows: n × mean, with the standard error of a sample without replacement.
func (s *sums) total(n float64) Interval {
	if s.n == 0 {
		return Interval{}
	}
	mean := s.x / s.n
	err := 0.0
	if s.n > 1 {
		variance := max((s.xx-s.n*mean*mean)/(s.n-1), 0)
		err = z * math.Sqrt(variance/s.n*max(1-s.n/n, 0))
	}
	return Interval{Value: n * mean, Low: n * max(mean-err, 0), High: n * (mean + err)}
}

// share extrapolates a count of rows: Wilson's interval (1927), which stays within its bounds for rare and for frequent
// outcomes; like total it narrows to nothing as the sample becomes the whole.
func (s *sums) share(n float64) Interval {
	if s.n == 0 {
		return Interval{}
	}
	p, m := s.x/s.n, s.n/max(1-s.n/n, 1e-12)
	centre := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return Interval{Value: n * p, Low: n * max(centre-half, 0), High: n * min(centre+half, 1)}
}

// estimator is one Extrapolate in work.
type estimator struct {
	listed, planned                  int64
	kept, received, stored, requests sums
	classes                          map[schemas.Class]*sums
	hosts                            map[string]*hostTime
}

type hostTime struct {
	rows int64
	took float64 // seconds
}

// Extrapolate estimates what the whole of a run's list would come to. perHost is how many requests to one host are in
// flight.
func Extrapolate(ctx context.Context, s store.Store, run string, perHost int) (*Estimate, error) {
	gens, err := ledger.Generations(ctx, s, run)
	if err != nil {
		return nil, err
	}
	e := estimator{hosts: map[string]*hostTime{}, classes: map[schemas.Class]*sums{}}
	for _, c := range []schemas.Class{schemas.Gone, schemas.Refused, schemas.Ours} {
		e.classes[c] = &sums{}
	}
	for rec, err := range ledger.Run(ctx, s, run) {
		if err == nil {
			err = e.record(ctx, s, gens, rec)
		}
		if err != nil {
			return nil, err
		}
	}
	if e.kept.n == 0 {
		return nil, ErrNoSample
	}
	spent, err := readSpent(ctx, s, run)
	return e.estimate(run, spent, max(perHost, 1)), err
}

func (e *estimator) record(ctx context.Context, s store.Store, gens schemas.Generations, rec schemas.Commit) error {
	if rec.Job.Generation >= len(gens) {
		return nil // planned since
	}
	switch rec.Job.Task {
	case schemas.TaskScan:
		// Every pass over the list reads it whole, whatever share of its rows it takes.
		if g := gens[rec.Job.Generation]; !g.IsRetry() && (rec.Job.Generation == 0 || g.From == 0) {
			e.listed += rec.Counts.Listed
		}
		return nil
	case schemas.TaskCut:
		if !gens[rec.Job.Generation].IsRetry() {
			for _, o := range rec.Of(schemas.RolePart) {
				e.planned += o.Rows
			}
		}
		return nil
	case schemas.TaskFetch:
	default:
		return nil
	}
	took := map[string]schemas.Observation{}
	for _, o := range rec.Of(schemas.RoleObservations) {
		for x, err := range table.Read[schemas.Observation](ctx, s, o.Key) {
			if err != nil {
				return err
			}
			took[x.ID] = x
		}
	}
	for _, o := range rec.Of(schemas.RoleTable) {
		for row, err := range table.Read[schemas.Row](ctx, s, o.Key) {
			if err != nil {
				return err
			}
			if !gens.Superseded(rec.Left(schemas.Reason(row.Reason)), schemas.Reason(row.Reason)) {
				e.row(&row, took[row.ID])
			}
		}
	}
	return nil
}

func (e *estimator) row(r *schemas.Row, x schemas.Observation) {
	f := failureOf(r)
	reason := schemas.Reason(r.Reason)
	e.kept.add(one(reason == schemas.Kept))
	for class, s := range e.classes {
		s.add(one(reason.Class() == class))
	}
	received := r.SourceBytes
	if x.Since != "" {
		received = 0
	}
	e.received.add(float64(received))
	e.stored.add(float64(r.ImageBytes))
	e.requests.add(one(x.ID != "" && x.AskedMS == 0) + float64(x.Redirects))
	h, ok := e.hosts[f.Host]
	if !ok {
		h = &hostTime{}
		e.hosts[f.Host] = h
	}
	h.rows++
	h.took += float64(x.TookMS) / 1000
}

func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

func (e *estimator) estimate(run string, spent Spent, perHost int) *Estimate {
	all := max(float64(e.listed), e.kept.n)
	out := &Estimate{
		Run: run, Rows: int64(all), Sampled: int64(e.kept.n), Kept: e.kept.share(all), Received: e.received.total(all),
		Stored: e.stored.total(all), Requests: e.requests.total(all), Classes: map[schemas.Class]Interval{},
		Unfinished: int64(e.kept.n) < e.planned,
	}
	for class, s := range e.classes {
		out.Classes[class] = s.share(all)
	}
	scale := all / e.kept.n
	if spent.Seconds > 0 {
		// The rate is one measurement: its spread is not known, that of the rows' own times is left out.
		t := spent.Seconds * scale
		out.Seconds = Interval{Value: t, Low: t, High: t}
	}
	for name, h := range e.hosts {
		rows := float64(h.rows) * scale
		if t := h.took * scale / float64(perHost); t > out.Slowest.Seconds {
			out.Slowest = Host{Name: name, Rows: int64(math.Round(rows)), Seconds: t}
		}
	}
	// One host's rows are asked for one after the other, however many machines there are.
	out.Seconds.Value = max(out.Seconds.Value, out.Slowest.Seconds)
	out.Seconds.Low, out.Seconds.High = max(out.Seconds.Low, 0), max(out.Seconds.High, out.Slowest.Seconds)
	return out
}
