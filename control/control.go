package control

import (
	"cmp"
	"context"
	"log/slog"
	"net"
	"os"
	"time"

	"golang.org/x/sync/errgroup"

	"pairmill/cluster"
	"pairmill/fetch/pace"
	"pairmill/internal/metrics"
	"pairmill/internal/specfile"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/workers"
)

// Queue is what a control plane asks of a queue.
type Queue interface {
	cluster.Queue
	cluster.Adder
	cluster.Steering
	cluster.DeadLetterLister
}

// Medium is how the processes of a cluster speak with each other, as one of them has it. All of it is required.
type Medium struct {
	Queue    Queue
	Locks    cluster.Locks
	Calls    cluster.Calls
	Presence cluster.Presence
	Timers   cluster.Timers
	Journal  cluster.Journal
	Memory   cluster.Memory
}

// pacing is what pace needs of a medium.
func (m Medium) pacing() pace.Medium {
	return struct {
		cluster.Locks
		cluster.Calls
		cluster.Memory
	}{m.Locks, m.Calls, m.Memory}
}

// Config of a Control. Store and Medium are required.
type Config struct {
	Store  store.Store
	Medium Medium

	// Listen is where the API, the metrics and the health checks are served; default 127.0.0.1:7070. An address that others
	// than this machine reach needs a Token: without one New fails.
	Listen string
	// Token is what clients must present, as a bearer token; default none, which a loopback address allows.
	Token string

	// Look is how often the leader looks at each run; default 2 s, so that a lost message costs seconds.
	Look time.Duration

	Version string       // of the program; default "dev"
	Host    string       // shown to people; default the machine's name
	Log     *slog.Logger // default: discarded
	Metrics *metrics.Set // default: its own
}

func (c Config) withDefaults() Config {
	c.Listen = cmp.Or(c.Listen, "127.0.0.1:7070")
	c.Look = cmp.Or(c.Look, 2*time.Second)
	c.Version = cmp.Or(c.Version, "dev")
	if c.Host == "" {
		c.Host, _ = os.Hostname() // for people only: without one it is empty
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Metrics == nil {
		c.Metrics = metrics.New(c.Version, cluster.RoleControl)
	}
	return c
}

// Control is a control plane.
type Control struct {
	cfg      Config
	id       string
	started  time.Time
	log      *slog.Logger
	medium   Medium
	listener net.Listener
	handlers *workers.Handlers // for what they know of a run; no job runs here
	runs     *book[schemas.Control]
	series   *book[schemas.SeriesControl]
	tallies  *tallies
	health   *health
	nudge    chan struct{} // holds one: the leader should look now
}

// New makes a control plane, which listens already. Run it, or Close it.
func New(cfg Config) (*Control, error) {
	cfg = cfg.withDefaults()
	l, err := listen(cfg.Listen, cfg.Token)
	if err != nil {
		return nil, err
	}
	c := newControl(cfg)
	c.listener = l
	return c, nil
}

func newControl(cfg Config) *Control {
	c := &Control{
		cfg: cfg, id: newID(cluster.RoleControl), started: time.Now().UTC(), medium: cfg.Medium,
		handlers: workers.NewHandlers(workers.Deps{Store: cfg.Store, ReadSpec: specfile.Parse, Version: cfg.Version}),
		runs:     newRunBook(cfg.Store), series: newSeriesBook(cfg.Store), tallies: newTallies(cfg.Store),
		health: newHealth(cfg.Store, cfg.Medium, cfg.Metrics), nudge: make(chan struct{}, 1),
	}
	c.log = slog.New(Journaled(cfg.Log.Handler(), cfg.Medium.Journal, c.id)).With("member", c.id)
	return c
}

// Addr is where the API is served.
func (c *Control) Addr() string { return addressOf(c.listener) }

// ID is the control plane's name among the members of the cluster.
func (c *Control) ID() string { return c.id }

// Run serves and, when it is this process's turn, leads until ctx ends; then it returns nil, and everything that it began
// has ended. Another error means that the medium is lost for good.
func (c *Control) Run(ctx context.Context) error {
	defer c.handlers.Close()
	owner, err := pace.NewOwner(c.medium.pacing(), pace.OwnerConfig{ID: c.id, Log: c.log})
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return c.medium.Presence.Announce(ctx, c.tell) })
	g.Go(func() error { return c.lead(ctx) })
	g.Go(func() error { return owner.Run(ctx) })
	g.Go(func() error { return c.health.watch(ctx, c.log) })
	g.Go(func() error { return serve(ctx, c.listener, c.routes()) })
	c.log.Info("control plane", "api", "http://"+c.Addr(), "version", c.cfg.Version)
	return g.Wait()
}

// Close frees a control plane that was never run.
func (c *Control) Close() error {
	err := c.listener.Close()
	return cmp.Or(err, c.handlers.Close())
}

// tell is what the others see of this process.
func (c *Control) tell() cluster.Member {
	c.health.beat("presence")
	return cluster.Member{
		ID: c.id, Role: cluster.RoleControl, Host: c.cfg.Host, PID: os.Getpid(), Version: c.cfg.Version, Started: c.started,
		API: "http://" + c.Addr(),
	}
}

// allRuns reads how every run stands. What cannot be read is logged and left out, unless that is all.
func (c *Control) allRuns(ctx context.Context) (map[string]schemas.Standing, error) {
	all, err := c.runs.all(ctx, false)
	if err != nil {
		if len(all) == 0 {
			return nil, err
		}
		c.log.Warn("read the decisions about runs", "error", err)
	}
	standings := make(map[string]schemas.Standing, len(all))
	for run, decisions := range all {
		if now := schemas.Stand(decisions); !now.Submitted.IsZero() {
			standings[run] = now
		}
	}
	return standings, nil
}

// lookNow asks the leader to look now, if it is this process: what was decided takes effect sooner.
func (c *Control) lookNow() {
	select {
	case c.nudge <- struct{}{}:
	default:
	}
}
