package control

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

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

	mu    sync.Mutex // guards beats
	beats map[string]time.Time
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

// connectedEvery is how often the queue is asked whether it is there, for the metrics.
const connectedEvery = 10 * time.Second

// watch asks the queue whether it is there until ctx ends.
func (h *health) watch(ctx context.Context) error {
	for {
		ask, cancel := context.WithTimeout(ctx, readyTimeout)
		err := h.reach(ask)
		cancel()
		if ctx.Err() != nil {
			return nil
		}
		h.metrics.Connected(err == nil)
		if !sleep(ctx, connectedEvery) {
			return nil
		}
	}
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
	if err := h.reach(ctx); err != nil {
		problems = append(problems, "queue: "+err.Error())
	}
	for _, err := range h.store.List(ctx, store.RunsPrefix) {
		if err != nil {
			problems = append(problems, "store: "+err.Error())
		}
		break
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
