package control

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"pairmill/cluster"
	"pairmill/schemas"
)

// budgetShare is how much of the time the ledger may be asked what a run has received.
const budgetShare = 10

// halt pauses a run whose budget is used up, or in which one reason has taken over. before is the run that it has waited for.
func (t *tender) halt(ctx context.Context, r *tended, before schemas.Standing) (bool, error) {
	if r.now.State != schemas.RunRunning {
		return false, nil
	}
	pause := t.anomalous(r)
	if pause == nil {
		used, err := t.used(ctx, r, before)
		if used == "" {
			return false, err
		}
		pause = &schemas.Control{Halt: schemas.HaltBudget, Text: used + ": resume with a larger one"}
	}
	pause.Action = schemas.ActionPause
	now, err := t.decide(ctx, r.run, t.id, func(now schemas.Standing) (*schemas.Control, error) {
		if now.State != schemas.RunRunning || now.Term != r.now.Term {
			return nil, nil // decided meanwhile
		}
		return pause, nil
	})
	if err != nil {
		return false, err
	}
	r.now = now
	return true, t.steer(ctx, r) // now: each job that is begun until the next look is one too many
}

// used says which of a run's budgets is used up; empty: none.
func (t *tender) used(ctx context.Context, r *tended, before schemas.Standing) (string, error) {
	ran := ranAlone(r.now, before)
	if text := exhausted(r.now.Limits, 0, ran); text != "" || r.now.Limits.MaxBytes == 0 || time.Since(r.budgeted) < max(2*t.cfg.Look, budgetShare*r.budgeting) {
		return text, nil
	}
	began := time.Now()
	x, err := t.tallies.of(ctx, r.run, r.now, measureBudget)
	if err != nil {
		return "", err
	}
	r.budgeted, r.budgeting = time.Now(), time.Since(began)
	return exhausted(r.now.Limits, x.received(), ran), nil
}

// ranAlone is how long a run was let go on, without the time in which it waited for the one before it.
func ranAlone(now, before schemas.Standing) time.Duration {
	waited := time.Duration(0)
	if now.After != "" && before.Yields() {
		waited = max(before.Changed.Sub(now.Submitted), 0)
	}
	return max(now.Ran(time.Now())-waited, 0)
}

// exhausted says which budget is used up; empty: none. What is known of the bytes may be less than there are.
func exhausted(l schemas.Limits, received int64, ran time.Duration) string {
	switch {
	case l.MaxBytes > 0 && received >= l.MaxBytes:
		return fmt.Sprintf("the budget is used up: %d bytes received, max_bytes is %d", received, l.MaxBytes)
	case l.MaxSeconds > 0 && ran.Seconds() >= l.MaxSeconds:
		return fmt.Sprintf("the budget is used up: it has gone on for %.0f s, max_seconds is %g", ran.Seconds(), l.MaxSeconds)
	}
	return ""
}

// received is how many bytes fetches have received that are done, as far as their records were read.
func (x *tally) received() int64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.counts.Bytes
}

// anomalous is the pause of a run in which one reason has taken over; nil: there is none, or only some workers see it, for
// which those keep from the web by themselves.
func (t *tender) anomalous(r *tended) *schemas.Control {
	v := judge(r.run, r.now.Term, r.members)
	if len(v.suspects) == 0 {
		return nil
	}
	if !v.everywhere {
		if v.well > 0 && r.apart.due(errors.New(strings.Join(v.suspects, " "))) {
			t.log.Warn("others do well: the anomaly is these workers' own, and the run goes on without them", "run", r.run, "workers", v.suspects,
				"do_well", v.well, "anomaly", v.seen[0].String())
		}
		return nil
	}
	a := v.seen[0]
	return &schemas.Control{Halt: schemas.HaltAnomaly, Anomaly: &a, Text: fmt.Sprintf("%s; seen by %d of %d workers that fetch", a, len(v.suspects), v.able)}
}

// verdict is what the workers of a run say together.
type verdict struct {
	able       int               // workers that could fetch for the run
	well       int               // of those, who have fetched for it just now and seen nothing wrong
	suspects   []string          // members that keep from the web because of what they have seen in the run
	seen       []schemas.Anomaly // what each of them has seen
	everywhere bool              // it is the run's, or everybody's, and not some workers' own
}

const (
	// freshFor is how long a worker that does well speaks for the web after its last row.
	freshFor = time.Minute
	// wellShare is the part of an anomaly's share that a worker must stay below to do well.
	wellShare = 0.5
)

// judge tells whether what some workers have seen in this term of a run is their own fault. One that does well is enough to say
// so: the run goes on without them. Without one it is everybody's when no worker is left that could fetch, or when it was seen on
// two hosts or more, and by half of the workers that fetch for the run: workers of one host may share a broken resolver.
func judge(run string, term int, members []cluster.Member) (v verdict) {
	var others []cluster.Watch
	hosts, at := map[string]bool{}, 0
	for _, m := range members {
		w := watchOf(m, run, term)
		if !fetches(m) || m.Paused != "" && w.Anomaly == nil {
			continue
		}
		v.able++
		if w.Rows > 0 || fetchesFor(m, run) {
			at++
		}
		if w.Anomaly == nil {
			others = append(others, w)
			continue
		}
		v.suspects, v.seen = append(v.suspects, m.ID), append(v.seen, *w.Anomaly)
		hosts[m.Host] = true
	}
	if len(v.suspects) == 0 {
		return v
	}
	for _, w := range others {
		if w.Telling && w.Idle < freshFor && doesWell(w, v.seen) {
			v.well++
		}
	}
	v.everywhere = v.well == 0 && (len(others) == 0 || len(hosts) > 1 && 2*len(v.suspects) >= at)
	return v
}

// fetches tells whether a member is a worker that takes fetches, as long as nothing keeps it from that.
func fetches(m cluster.Member) bool {
	return m.Role == cluster.RoleWorker && !m.Draining && slices.Contains(m.Stages, schemas.StageFetch)
}

// fetchesFor tells whether a member has a fetch of a run in work.
func fetchesFor(m cluster.Member, run string) bool {
	return slices.ContainsFunc(m.Jobs, func(j cluster.Running) bool { return j.Run == run && j.Task == schemas.TaskFetch })
}

// watchOf is what a member sees of a run in this term.
func watchOf(m cluster.Member, run string, term int) cluster.Watch {
	for _, w := range m.Watches {
		if w.Run == run && w.Term == term {
			return w
		}
	}
	return cluster.Watch{}
}

// doesWell tells whether a worker has little of any reason that others suspect.
func doesWell(w cluster.Watch, seen []schemas.Anomaly) bool {
	return !slices.ContainsFunc(seen, func(a schemas.Anomaly) bool {
		return float64(w.Reasons[a.Reason]) >= wellShare*a.Share*float64(w.Rows)
	})
}
