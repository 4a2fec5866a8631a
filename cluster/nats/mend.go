package nats

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go/jetstream"

	"pairmill/cluster"
	"pairmill/schemas"
)

// Mend puts right what nats has forgotten, what its disk has damaged, or what was done past this package: streams, buckets and
// the consumers of known runs are made again, and so are those of runs that nobody made known but that have messages, which
// would lie there for ever: their jobs are handed out, and what is no job becomes a dead letter. A control plane calls it now
// and then. It costs the server some six requests for each stage, and a list of a stage's jobs where consumers do not account
// for all of them.
func (q *Queue) Mend(ctx context.Context) (m cluster.Mended, err error) {
	if q.cfg.Worker {
		return m, fmt.Errorf("mend streams: %w", errWorker)
	}
	ctx, done, err := q.begin(ctx)
	if err != nil {
		return m, err
	}
	defer done()
	if m, err = q.repair(ctx); err != nil {
		return m, err
	}
	found := map[string]bool{}
	for _, s := range schemas.Stages() {
		runs, err := q.strays(ctx, s)
		if err != nil {
			return m, err
		}
		for _, run := range runs {
			if err := q.adopt(ctx, s, run); err != nil {
				return m, err
			}
			if !found[run] {
				found[run] = true
				m.Adopted = append(m.Adopted, run)
			}
		}
	}
	return m, nil
}

// repair makes missing streams and buckets, and the missing consumers of known runs, and says so.
func (q *Queue) repair(ctx context.Context) (m cluster.Mended, err error) {
	damaged, err := q.removeDamaged(ctx, false)
	if err != nil {
		return m, err
	}
	lost, err := q.lost(ctx)
	if err == nil && len(lost) > 0 {
		err = q.setUp(ctx)
	}
	if err != nil {
		return m, err
	}
	m.Streams = slices.Compact(slices.Sorted(slices.Values(append(damaged, lost...))))
	if _, err = q.readRuns(ctx, true); err != nil {
		return m, fmt.Errorf("read bucket %s: %w", runsBucket, err)
	}
	m.Consumers, err = q.repairConsumers(ctx)
	if !m.Nothing() {
		q.cfg.Log.Warn("made again what nats had lost, empty", "streams", m.Streams, "consumers", m.Consumers)
	}
	return m, err
}

// lost lists the streams and buckets that are missing.
func (q *Queue) lost(ctx context.Context) (list []string, err error) {
	there := map[string]bool{}
	names := q.js.StreamNames(ctx)
	for name := range names.Name() {
		there[name] = true
	}
	if err := names.Err(); err != nil {
		return nil, fmt.Errorf("list streams: %w", err)
	}
	want := []string{deadStream, "KV_" + returnBucket, runsStream}
	for _, s := range schemas.Stages() {
		want = append(want, streamOf(s))
	}
	slices.Sort(want)
	return slices.DeleteFunc(want, func(name string) bool { return there[name] }), nil
}

// repairConsumers makes those that known runs lack, which it returns, and gives all of them this process's lease.
func (q *Queue) repairConsumers(ctx context.Context) (made []string, err error) {
	_, live := q.runs.live(0)
	if len(live) == 0 {
		return nil, nil
	}
	for _, s := range schemas.Stages() {
		there, err := q.consumers(ctx, s)
		if err != nil {
			return made, err
		}
		for run := range live {
			c, ok := there[run]
			if ok && c.lease == q.cfg.Lease {
				continue
			}
			if err := q.makeConsumer(ctx, s, run); err != nil {
				return made, err
			}
			if !ok {
				made = append(made, streamOf(s)+"/"+run)
			}
		}
	}
	for run := range live {
		q.runs.made(run)
	}
	slices.Sort(made)
	return made, nil
}

// strays lists the runs that have messages in a stage but no consumer or no entry in the bucket.
func (q *Queue) strays(ctx context.Context, s schemas.Stage) (runs []string, err error) {
	there, err := q.consumers(ctx, s)
	if err != nil {
		return nil, err
	}
	queued := 0
	for run, c := range there {
		queued += c.queued()
		if _, ok := q.runs.get(run); !ok && c.queued() > 0 {
			runs = append(runs, run)
		}
	}
	stream, err := q.js.Stream(ctx, streamOf(s))
	if err != nil {
		return nil, fmt.Errorf("look at stream %s: %w", streamOf(s), err)
	}
	if stream.CachedInfo().State.Msgs <= uint64(queued) {
		return runs, nil
	}
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(workSubject(s, "*", "*")))
	if err != nil {
		return nil, fmt.Errorf("list the jobs of stream %s: %w", streamOf(s), err)
	}
	for subject := range info.State.Subjects {
		_, run, _, ok := parseSubject(subject)
		if _, has := there[run]; ok && !has && !slices.Contains(runs, run) {
			runs = append(runs, run)
		}
	}
	return runs, nil
}

// adopt makes a run known. Messages whose run has no name that a run can have are dead letters at once.
func (q *Queue) adopt(ctx context.Context, s schemas.Stage, run string) error {
	if schemas.ValidName(run) {
		return q.know(ctx, run)
	}
	stream, err := q.js.Stream(ctx, streamOf(s))
	if err != nil {
		return fmt.Errorf("look at stream %s: %w", streamOf(s), err)
	}
	for {
		m, err := stream.GetMsg(ctx, 1, jetstream.WithGetMsgSubject(workSubject(s, run, "*")))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return nil
		}
		if err == nil {
			err = q.deadLetter(ctx, m.Subject, m.Data, 1, fmt.Sprintf("%q is no name of a run", run))
		}
		if err == nil {
			err = stream.DeleteMsg(ctx, m.Sequence)
		}
		if err != nil {
			return fmt.Errorf("bury messages of run %q in stream %s: %w", run, streamOf(s), err)
		}
	}
}
