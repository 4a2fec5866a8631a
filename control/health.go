package control

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"pairmill/cluster"
	"pairmill/control/api"
	"pairmill/internal/metrics"
	"pairmill/schemas"
	"pairmill/store"
)

const (
	// sickAfter is how long a loop of this process may be silent. None waits longer for anything than a look may take.
	sickAfter = 2 * time.Minute
	// readyTimeout is how long queue and store have for an answer.
	readyTimeout = 5 * time.Second
)

// health is whether this process works: healthy while its loops turn (if not, it should be started again), ready while queue
// and store answer it (if not, it waits for them).
type health struct {
	store   store.Store
	medium  Medium
	metrics *metrics.Set
	also    func() []string // further reasons not to be ready; nil: none

	mu    sync.Mutex // guards what follows
	beats map[string]time.Time
	queue error // what was wrong with the queue when it was checked last
}

func newHealth(s store.Store, m Medium, set *metrics.Set) *health {
	return &health{store: s, medium: m, metrics: set, beats: map[string]time.Time{}}
}

// beat notes that a loop turns.
func (h *health) beat(loop string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.beats[loop] = time.Now()
}

// forget notes that a loop has ended in order.
func (h *health) forget(loop string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.beats, loop)
}

// checkEvery is how often the queue is checked, and checkSoon how soon again when something was wrong with it. A queue that
// stores nothing is told by the second time.
const checkEvery, checkSoon = 10 * time.Second, 3 * time.Second

// watch checks the queue until ctx ends, and says what is wrong with it.
func (h *health) watch(ctx context.Context, log *slog.Logger) error {
	var sorry complaint
	for {
		err := h.check(ctx)
		if ctx.Err() != nil {
			return nil
		}
		switch before := h.noted(err); {
		case err != nil && sorry.due(err):
			log.Warn("the queue does not work", "error", err)
		case err == nil && before != nil:
			log.Info("the queue works again")
			sorry = complaint{}
		}
		h.metrics.Connected(err == nil)
		wait := checkEvery
		if err != nil {
			wait = checkSoon
		}
		if !sleep(ctx, wait) {
			return nil
		}
	}
}

// check asks the queue something, and has it store something.
func (h *health) check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	if err := h.reach(ctx); err != nil {
		return err
	}
	if c, ok := h.medium.Queue.(cluster.Checker); ok {
		return c.Check(ctx)
	}
	return nil
}

// noted notes what is wrong with the queue, and returns what was before.
func (h *health) noted(err error) (before error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	before, h.queue = h.queue, err
	return before
}

// reach asks the queue anything.
func (h *health) reach(ctx context.Context) error {
	_, err := h.medium.Queue.Pending(ctx, "none", schemas.StagePlan)
	return err
}

// sick names the loops that are silent.
func (h *health) sick() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	problems := []string{}
	for loop, last := range h.beats {
		if silent := time.Since(last); silent > sickAfter {
			problems = append(problems, fmt.Sprintf("%s has not turned for %s", loop, silent.Round(time.Second)))
		}
	}
	slices.Sort(problems)
	return problems
}

// unready names what does not answer.
func (h *health) unready(ctx context.Context) []string {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	problems := []string{}
	err := h.reach(ctx)
	if err == nil { // whether it stores is not asked for each question
		h.mu.Lock()
		err = h.queue
		h.mu.Unlock()
	}
	if err != nil {
		problems = append(problems, "queue: "+err.Error())
	}
	for _, err := range h.store.List(ctx, store.RunsPrefix) {
		if err != nil {
			problems = append(problems, "store: "+err.Error())
		}
		break
	}
	if h.also != nil {
		problems = append(problems, h.also()...)
	}
	return problems
}

// inspected adds what supervisors and Prometheus ask for. The checks need no token, and say nothing else.
func inspected(mux *http.ServeMux, h *health, set *metrics.Set, token string) {
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { diagnose(w, h.sick()) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) { diagnose(w, h.unready(r.Context())) })
	mux.Handle("GET /metrics", guarded(token, set.Handler()))
}

func diagnose(w http.ResponseWriter, problems []string) {
	status := http.StatusOK
	if len(problems) > 0 {
		status = http.StatusServiceUnavailable
	}
	write(w, status, api.Health{OK: len(problems) == 0, Problems: problems})
}
