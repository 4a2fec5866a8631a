package main

import (
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"golang.org/x/term"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/workers"
)

// shown are the stages that have items to count, with the item's name.
var shown = []struct {
	stage schemas.Stage
	items string
}{{schemas.StageCrawl, "pages"}, {schemas.StageFetch, "images"}, {schemas.StageEmbed, "vectors"}, {schemas.StagePublish, "rows"}}

// progress is a Watcher that shows how far a run is: bars on a terminal, log lines elsewhere.
type progress struct {
	log  *slog.Logger
	run  string
	bars *mpb.Progress // nil where there is no terminal
	stop chan struct{}
	done sync.WaitGroup

	mu     sync.Mutex // guards what follows
	stages map[schemas.Stage]*stageProgress
	work   map[string]stageProgress     // what running jobs have done so far, by commit key
	ask    func(most int) schemas.Waits // what the work waits for; nil = nobody knows
	waits  schemas.Waits
	asked  time.Time // when waits was
	over   bool      // nothing is to come: rates are those of the whole
}

// stageProgress is what one stage has done since the process began, out of what is known to come.
type stageProgress struct {
	done, total, bytes, dropped int64
	before                      int64 // of done, by earlier processes
	started                     time.Time
	pace                        pace
	bar                         *mpb.Bar
}

var _ workers.Watcher = (*progress)(nil)

// newProgress shows bars if standard error is a terminal: for the stages given, or for all.
func newProgress(e *env, run string, stages ...schemas.Stage) *progress {
	p := &progress{
		log: logger(e, e.stderr), run: run, stop: make(chan struct{}), stages: map[schemas.Stage]*stageProgress{}, work: map[string]stageProgress{},
	}
	for _, s := range shown {
		if len(stages) == 0 || slices.Contains(stages, s.stage) {
			p.stages[s.stage] = &stageProgress{}
		}
	}
	if f, ok := e.stderr.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.bars = mpb.New(mpb.WithOutput(f), mpb.WithAutoRefresh())
		for i, s := range shown {
			if x, ok := p.stages[s.stage]; ok {
				x.bar = p.addBar(s.stage, s.items, i == len(shown)-1 || len(p.stages) == 1)
			}
		}
		p.log = logger(e, p.bars) // lines go above the bars
		return p
	}
	p.done.Go(p.lines)
	return p
}

// Started notes when a stage's work began. What an earlier attempt at the job had done does not count any more.
func (p *progress) Started(job schemas.Job, _ int) {
	p.update(job.Stage(), func(s *stageProgress) {
		w := p.work[store.CommitKey(job)]
		s.done, s.bytes, s.dropped = s.done-w.done, s.bytes-w.bytes, s.dropped-w.dropped
		delete(p.work, store.CommitKey(job))
		if s.started.IsZero() {
			s.started = time.Now()
			s.pace.note(s.started, s.before)
		}
	})
}

// Row counts an item.
func (p *progress) Row(job schemas.Job, item workers.Item) {
	p.update(job.Stage(), func(s *stageProgress) {
		key := store.CommitKey(job)
		w := p.work[key]
		for _, x := range []*stageProgress{s, &w} {
			x.done++
			x.bytes += item.Bytes
			if item.Reason != schemas.Kept {
				x.dropped++
			}
		}
		p.work[key] = w
		s.pace.note(time.Now(), s.done)
	})
}

// watch says whom to ask what the work waits for.
func (p *progress) watch(ask func(most int) schemas.Waits) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ask = ask
}

// Before takes in what a run's records say was done before this process began.
func (p *progress) Before(c schemas.Commit) {
	p.learn(c)
	if c.Job.Task == schemas.TaskFetch {
		p.update(schemas.StageFetch, func(s *stageProgress) { s.done, s.before = s.done+c.Counts.Inputs, s.before+c.Counts.Inputs })
	}
}

// Committed learns from finished jobs how much there is to do.
func (p *progress) Committed(c schemas.Commit) {
	p.log.Debug("job done", "run", c.Job.Run, "job", c.Job.ID(), "kept", c.Counts.Kept, "inputs", c.Counts.Inputs)
	p.update(c.Job.Stage(), func(*stageProgress) { delete(p.work, store.CommitKey(c.Job)) })
	p.learn(c)
	if c.Job.Task == schemas.TaskPublish {
		for _, o := range c.Of(schemas.RoleTar) {
			p.update(schemas.StagePublish, func(s *stageProgress) { s.done += o.Rows })
		}
	}
}

// learn takes in how much there is to do.
func (p *progress) learn(c schemas.Commit) {
	rows := func(role string) (n int64) {
		for _, o := range c.Of(role) {
			n += o.Rows
		}
		return n
	}
	switch c.Job.Task {
	case schemas.TaskGather, schemas.TaskCut:
		p.expect(schemas.StageFetch, rows(schemas.RolePart))
	case schemas.TaskDedup:
		p.expect(schemas.StageEmbed, c.Counts.Distinct)
	case schemas.TaskCurate:
		p.expect(schemas.StagePublish, rows(schemas.RolePart))
	}
}

func (p *progress) expect(stage schemas.Stage, n int64) {
	p.update(stage, func(s *stageProgress) { s.total += n })
}

// update changes a stage's figures. The bar is told outside the lock: it asks for the rate while it draws.
func (p *progress) update(stage schemas.Stage, f func(*stageProgress)) {
	p.mu.Lock()
	s, ok := p.stages[stage]
	if !ok {
		p.mu.Unlock()
		return
	}
	f(s)
	bar, done, total := s.bar, s.done, max(s.total, s.done)
	p.mu.Unlock()
	if bar != nil {
		bar.SetTotal(total, false)
		bar.SetCurrent(done)
	}
}

// Retried does nothing: the worker has logged it.
func (p *progress) Retried(schemas.Job, int, error) {}

// GivenUp does nothing: the worker has logged it.
func (p *progress) GivenUp(schemas.Quarantine) {}

// Ended does nothing: what a job that was cut had done is taken back when it starts again.
func (p *progress) Ended(schemas.Job) {}
