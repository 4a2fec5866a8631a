package workers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"pairmill/cluster"
	"pairmill/fetch"
	"pairmill/schemas"
	"pairmill/store"
)

// errSuspect is why jobs in work that ask the web are handed back: one reason takes over among the rows of this worker, and
// what they find must not be committed.
var errSuspect = errors.New("one reason takes over among the rows of this worker")

// errDoubtful is why a shard is asked for again before it is committed.
var errDoubtful = errors.New("most of the shard has one reason; it is asked for again before that is believed")

// doubtDelay is how long a doubtful shard waits: by then a worker whose own network is at fault has noticed and takes none.
const doubtDelay = 30 * time.Second

// asksWeb tells whether jobs of a stage make requests.
func asksWeb(s schemas.Stage) bool { return s == schemas.StageCrawl || s == schemas.StageFetch }

// StopWeb stops the jobs in work that ask the web and returns how many they were. They are handed back uncounted. Whoever calls
// it has shut the gate Web before, so that no other is begun.
func (w *Worker) StopWeb() (n int) {
	return w.inWork.stop(errSuspect, func(j schemas.Job) bool { return asksWeb(j.Task.Stage()) })
}

// Sentry is a Watcher of a worker of a cluster. In the fetches of each run it looks for a reason that takes over, as a Guard does
// for the one run of a process. It decides nothing: it tells what it has found, once in each term of a run, and keeps shards
// that are smaller than a window from being committed as long as they are doubtful.
type Sentry struct {
	Watcher
	found func(run string, term int, a *Anomaly)

	mu   sync.Mutex // guards what follows
	runs map[string]*post
}

var _ Vetter = (*Sentry)(nil)

// post is one run's part of a sentry.
type post struct {
	term  int
	cfg   AnomalyConfig
	odd   *anomalies
	found *Anomaly
	last  time.Time         // of the latest row
	jobs  map[string][]Item // rows of fetches in work, by commit key; nil: more than a window
}

// NewSentry watches for found, which must not block, and passes everything on.
func NewSentry(found func(run string, term int, a *Anomaly), next Watcher) *Sentry {
	return &Sentry{Watcher: next, found: found, runs: map[string]*post{}}
}

// forgetPost is how long a run is remembered after its last row: longer than most pauses between two of its shards.
const forgetPost = time.Hour

// Watch says how a run is watched from now on. In another term, or with other settings, the window begins anew; whether another term
// has begun than was known is returned.
func (s *Sentry) Watch(run string, term int, cfg AnomalyConfig) (resumed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.runs, func(_ string, p *post) bool { return len(p.jobs) == 0 && time.Since(p.last) > forgetPost })
	p := s.runs[run]
	if p == nil || p.term != term || p.cfg != cfg {
		s.begin(run, term, cfg)
	}
	return p != nil && p.term != term
}

// Anew has a run's window begin anew.
func (s *Sentry) Anew(run string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.runs[run]; p != nil {
		s.begin(run, p.term, p.cfg)
	}
}

// begin watches a run anew. The caller holds mu.
func (s *Sentry) begin(run string, term int, cfg AnomalyConfig) *post {
	p := &post{term: term, cfg: cfg, odd: newAnomalies(cfg), last: time.Now(), jobs: map[string][]Item{}}
	s.runs[run] = p
	return p
}

// Row looks for a reason that takes over.
func (s *Sentry) Row(job schemas.Job, x Item) {
	s.Watcher.Row(job, x)
	if job.Task != schemas.TaskFetch {
		return
	}
	if term, a := s.row(job, x); a != nil {
		s.found(job.Run, term, a)
	}
}

func (s *Sentry) row(job schemas.Job, x Item) (term int, found *Anomaly) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.runs[job.Run]
	if p == nil {
		p = s.begin(job.Run, 0, AnomalyConfig{})
	}
	p.last = time.Now()
	key := store.CommitKey(job)
	if rows, ok := p.jobs[key]; !ok || rows != nil {
		if rows = append(rows, x); len(rows) >= p.odd.cfg.Window {
			rows = nil // the window itself is the judge of so many
		}
		p.jobs[key] = rows
	}
	a := p.odd.row(x)
	if p.found != nil {
		return p.term, nil // it was told
	}
	p.found = a
	return p.term, a
}

// Ended forgets a job's rows.
func (s *Sentry) Ended(job schemas.Job) {
	s.Watcher.Ended(job)
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.runs[job.Run]; p != nil {
		delete(p.jobs, store.CommitKey(job))
	}
}

// Vet doubts a fetch of less than a window if most of its rows have one reason, as an anomaly has: a burnt shard might be
// committed before its worker knows. The second attempt is believed, since the rows themselves may be like that, if its worker
// has seen a whole window and found nothing; the third always.
func (s *Sentry) Vet(ctx context.Context, job schemas.Job) error {
	attempt := attemptOf(ctx)
	if job.Task != schemas.TaskFetch || attempt > 2 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.runs[job.Run]
	if p == nil || attempt == 2 && p.odd.full() {
		return nil
	}
	if a := p.odd.shard(p.jobs[store.CommitKey(job)]); a != nil {
		return fmt.Errorf("%w: %w", errDoubtful, a)
	}
	return nil
}

// full tells whether a whole window was seen.
func (a *anomalies) full() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.ring) >= a.cfg.Window
}

// shard is the evidence in the rows of one shard, against all others that were seen.
func (a *anomalies) shard(rows []Item) *Anomaly {
	a.mu.Lock()
	defer a.mu.Unlock()
	count := map[schemas.Reason]int{}
	for _, x := range rows {
		count[x.Reason]++
	}
	for r, n := range count {
		if !watched(r) {
			continue
		}
		before := -1.0
		if others := a.gone + len(a.ring) - len(rows); others >= a.cfg.Window {
			before = float64(a.before[r]+a.inside[r]-n) / float64(others)
		}
		if found := a.cfg.evidence(r, n, rows, before); found != nil {
			return found
		}
	}
	return nil
}

// Watches tells what is seen of each run, those with an anomaly first.
func (s *Sentry) Watches() (list []cluster.Watch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for run, p := range s.runs {
		w := p.odd.told()
		w.Run, w.Term, w.Idle = run, p.term, time.Since(p.last)
		if p.found != nil {
			w.Anomaly = &p.found.Anomaly
		}
		if w.Rows > 0 {
			list = append(list, w)
		}
	}
	slices.SortFunc(list, func(x, y cluster.Watch) int {
		return cmp.Or(-cmp.Compare(odds(x), odds(y)), cmp.Compare(x.Run, y.Run))
	})
	return list
}

func odds(w cluster.Watch) int {
	if w.Anomaly != nil {
		return 1
	}
	return 0
}

// tellingShare is the part of a window from which on its rows tell that all is well, if they are spread over enough domains.
const tellingShare = 10

// told is what others are told of a window.
func (a *anomalies) told() cluster.Watch {
	a.mu.Lock()
	defer a.mu.Unlock()
	w := cluster.Watch{Rows: len(a.ring)}
	domains := map[string]bool{}
	for _, x := range a.ring {
		if len(domains) < a.cfg.Domains {
			domains[fetch.Domain(x.URL)] = true
		}
	}
	w.Telling = len(a.ring)*tellingShare >= a.cfg.Window && len(domains) >= a.cfg.Domains
	for r, n := range a.inside {
		if r != schemas.Kept && n > 0 {
			if w.Reasons == nil {
				w.Reasons = map[schemas.Reason]int{}
			}
			w.Reasons[r] = n
		}
	}
	return w
}
