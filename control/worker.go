package control

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"pairmill/cluster"
	"pairmill/fetch/pace"
	"pairmill/internal/metrics"
	"pairmill/schemas"
	"pairmill/workers"
)

// WorkerConfig of a Worker. Deps and Medium are required.
type WorkerConfig struct {
	Deps   workers.Deps // Watch and Pacer are the worker's own
	Medium Medium

	Stages      []schemas.Stage // to work on; default all
	Concurrency int             // jobs of each stage side by side; default 4

	// Grace is how long jobs in work may go on after the worker was asked to stop; default 30 s, which is what Kubernetes
	// gives. What is not done by then is handed back, uncounted.
	// Negative: none, they are handed back at once.
	Grace time.Duration
	// DrainTimeout is how long stopping may take in all, handing back included; default Grace and 15 s. Then Run returns with
	// an error, and what could not be handed back comes back when its lease ends.
	DrainTimeout time.Duration

	// MinFree is the share of the disk below the spools (Deps.Dir) that must be free for further jobs to be taken; default
	// 0.1; negative: none.
	MinFree float64

	// Anomaly is when one reason takes over among the rows of a run: the worker then asks the web for nothing for a while. Of
	// it, Share is not used: it is the run's (schemas.Limits).
	Anomaly workers.AnomalyConfig

	// Listen is where metrics and health checks are served; default any free port on 127.0.0.1. As for a Control, an address
	// that others reach needs a Token.
	Listen string
	Token  string

	Version string       // of the program; default "dev"
	Host    string       // shown to people; default the machine's name
	Log     *slog.Logger // default: discarded
	Metrics *metrics.Set // default: its own

	instead func(w *Worker, all map[schemas.Task]workers.Handler) // replaces handlers; of tests
}

func (c WorkerConfig) withDefaults() WorkerConfig {
	if len(c.Stages) == 0 {
		c.Stages = schemas.Stages()
	}
	c.Concurrency = cmp.Or(c.Concurrency, 4)
	c.Grace = cmp.Or(c.Grace, 30*time.Second)
	c.DrainTimeout = cmp.Or(c.DrainTimeout, c.Grace+15*time.Second)
	c.MinFree = cmp.Or(c.MinFree, 0.1)
	c.Listen = cmp.Or(c.Listen, "127.0.0.1:0")
	c.Version = cmp.Or(c.Version, "dev")
	if c.Host == "" {
		c.Host, _ = os.Hostname() // for people only: without one it is empty
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Metrics == nil {
		c.Metrics = metrics.New(c.Version, cluster.RoleWorker)
	}
	if c.Deps.Dir == "" {
		c.Deps.Dir = os.TempDir()
	}
	return c
}

// Worker is a process that runs jobs of a cluster.
type Worker struct {
	cfg      WorkerConfig
	id       string
	started  time.Time
	log      *slog.Logger
	listener net.Listener
	gate     *workers.Gate
	activity *activity
	bench    *bench
	pacer    *pace.Client // asks the control planes for hosts' turns
	health   *health
	handlers *workers.Handlers
	worker   *workers.Worker

	drain    chan struct{} // closed when nothing more is begun
	draining atomic.Bool
	cut      chan struct{} // closed by Cut
	cutOnce  sync.Once
}

// NewWorker makes a worker, which listens already. Run it.
func NewWorker(cfg WorkerConfig) (*Worker, error) {
	cfg = cfg.withDefaults()
	if cfg.MinFree >= 1 {
		return nil, fmt.Errorf("a share of %.2f of the disk can never be free (--min-free)", cfg.MinFree)
	}
	l, err := listen(cfg.Listen, cfg.Token)
	if err != nil {
		return nil, err
	}
	w, err := newWorker(cfg)
	if err != nil {
		l.Close()
		return nil, err
	}
	w.listener = l
	return w, nil
}

func newWorker(cfg WorkerConfig) (*Worker, error) {
	w := &Worker{
		cfg: cfg, id: newID(cluster.RoleWorker), started: time.Now().UTC(), gate: &workers.Gate{},
		drain: make(chan struct{}), cut: make(chan struct{}),
	}
	w.log = slog.New(Journaled(cfg.Log.Handler(), cfg.Medium.Journal, w.id)).With("member", w.id)
	w.activity = newActivity(cfg.Metrics, w.log)
	var err error
	if w.pacer, err = pace.NewClient(cfg.Medium.Calls, pace.ClientConfig{ID: w.id, Log: w.log}); err != nil {
		return nil, err
	}
	w.health = newHealth(cfg.Deps.Store, cfg.Medium, cfg.Metrics)
	w.bench = newBench(cfg, w.log, w.activity)
	w.health.also = w.bench.problems
	deps := cfg.Deps
	deps.Watch = w.bench.sentry
	deps.Pacer = w.pacer
	w.handlers = workers.NewHandlers(deps)
	all := w.handlers.All()
	if cfg.instead != nil {
		cfg.instead(w, all)
	}
	all[schemas.TaskFetch] = benched{all[schemas.TaskFetch], w.bench}
	w.worker = workers.New(cfg.Medium.Queue, deps.Store, all, w.bench.sentry, workers.Config{
		Stages: cfg.Stages, Concurrency: cfg.Concurrency, Drain: w.drain, Intake: w.gate, Web: w.bench.gate, Log: w.log,
	})
	w.bench.stop, w.bench.forgive = w.worker.StopWeb, w.handlers.Forgive
	return w, nil
}

// Addr is where metrics and health checks are served.
func (w *Worker) Addr() string { return addressOf(w.listener) }

// ID is the worker's name among the members of the cluster.
func (w *Worker) ID() string { return w.id }

// Cut ends the grace period: jobs in work are handed back now. It may be called at any time, also more than once.
func (w *Worker) Cut() { w.cutOnce.Do(func() { close(w.cut) }) }

// Run works until ctx ends and then drains: it begins nothing more, lets jobs in work end within the grace period, hands the
// others back and returns nil. Another error means that the queue or the store is lost, or that draining took too long.
func (w *Worker) Run(ctx context.Context) error {
	return w.run(ctx, func(life context.Context) error { return serve(life, w.listener, w.routes()) })
}

func (w *Worker) run(ctx context.Context, serve func(context.Context) error) error {
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	g, life := errgroup.WithContext(life)
	g.Go(func() error { return w.cfg.Medium.Presence.Announce(life, w.tell) })
	g.Go(func() error { return w.cfg.Medium.Calls.Answer(life, w.id, w.answer) })
	g.Go(func() error { return serve(life) })
	g.Go(func() error { return w.health.watch(life, w.log) })
	g.Go(func() error { return w.bench.run(life) })
	if w.cfg.MinFree > 0 {
		d := disk{dir: w.cfg.Deps.Dir, least: w.cfg.MinFree, gate: w.gate, metrics: w.cfg.Metrics, log: w.log, free: freeOf}
		g.Go(func() error { return d.run(life) })
	}
	w.log.Info("worker", "stages", w.cfg.Stages, "concurrency", w.cfg.Concurrency, "metrics", "http://"+w.Addr()+"/metrics", "version", w.cfg.Version)
	err := w.work(ctx, life)
	if errors.Is(err, errLate) {
		return err // what does not stop cannot be waited for
	}
	w.pacer.Close()
	end()
	return errors.Join(err, g.Wait(), w.handlers.Close())
}

var errLate = errors.New("not stopped")

// work runs jobs until the drain is over. life ends early when a role of the process has failed.
func (w *Worker) work(ctx, life context.Context) error {
	work, interrupt := context.WithCancel(life)
	defer interrupt()
	ended := make(chan error, 1)
	go func() { ended <- w.worker.Run(work) }()
	select {
	case err := <-ended:
		return err
	case <-w.cut:
	case <-ctx.Done():
	}
	w.draining.Store(true)
	w.cfg.Metrics.IntakePaused("drain", true)
	close(w.drain)
	w.log.Info("draining", "grace", w.cfg.Grace)
	late := time.NewTimer(w.cfg.DrainTimeout)
	defer late.Stop()
	grace := time.NewTimer(w.cfg.Grace)
	defer grace.Stop()
	for cut := w.cut; ; {
		select {
		case err := <-ended:
			return err
		case <-grace.C:
			w.log.Info("the grace period is over: handing back what is not done")
			interrupt()
		case <-cut:
			w.log.Info("told again to stop: handing back what is not done")
			interrupt()
			cut = nil
		case <-late.C:
			return fmt.Errorf("%w after %s (--drain-timeout): what is held comes back when its lease ends", errLate, w.cfg.DrainTimeout)
		}
	}
}

// tell is what the others see of this process.
func (w *Worker) tell() cluster.Member {
	w.health.beat("presence")
	m := cluster.Member{
		ID: w.id, Role: cluster.RoleWorker, Host: w.cfg.Host, PID: os.Getpid(), Version: w.cfg.Version, Started: w.started,
		Draining: w.draining.Load(), Paused: cmp.Or(w.gate.Why(), w.bench.gate.Why()), Stages: w.cfg.Stages, Concurrency: w.cfg.Concurrency,
	}
	w.activity.tell(&m)
	m.Watches = w.bench.sentry.Watches()
	waits := w.handlers.Waits(shownHosts)
	m.Waits = slowHosts(waits)
	w.cfg.Metrics.HostsWaiting(waits.Hosts)
	return m
}

// answer does what a control plane asks.
func (w *Worker) answer(_ context.Context, body []byte) ([]byte, error) {
	var q question
	if err := json.Unmarshal(body, &q); err != nil {
		return nil, fmt.Errorf("question cannot be read: %w", err)
	}
	if q.Stop == "" {
		return nil, errors.New("question asks for nothing that this version of the program knows")
	}
	n := w.worker.StopRun(q.Stop)
	w.log.Info("stopped the jobs of a run that is over", "run", q.Stop, "jobs", n)
	return json.Marshal(n)
}

func (w *Worker) routes() http.Handler {
	mux := http.NewServeMux()
	inspected(mux, w.health, w.cfg.Metrics, w.cfg.Token)
	return mux
}
