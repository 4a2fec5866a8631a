package pace

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"pairmill/cluster"
	"pairmill/fetch"
	"pairmill/schemas"
)

// Medium is what an Owner needs of the cluster.
type Medium interface {
	cluster.Locks
	cluster.Calls
	cluster.Memory
}

const (
	ownersGroup = "pace-owners"   // who can own partitions, as remembered
	ownerTTL    = 6 * time.Second // of that: three missed looks
	lookEvery   = 2 * time.Second
	orphanAfter = 5 // looks without an owner after which whoever is there takes a partition
)

// OwnerConfig configures an Owner.
type OwnerConfig struct {
	// ID names the process among the others; schemas.ValidName, and unique while the process lives.
	ID string

	// MaxDelay is the largest Crawl-delay, pause and delay that is obeyed in full; 2 min by default, as of fetch.PacerConfig.
	MaxDelay time.Duration

	// Log takes what goes wrong; slog.Default() by default.
	Log *slog.Logger
}

// Owner owns its share of the partitions: it alone decides when a request to one of their hosts may start. Every process
// of the control plane runs one.
type Owner struct {
	m   Medium
	cfg OwnerConfig

	mu     sync.Mutex                 // guards what follows
	owned  map[int]context.CancelFunc // ends the desk
	asking map[int]context.CancelFunc // ends the wait for the lock
	orphan [Partitions]int            // looks in a row at which nobody owned it
	above  int                        // looks in a row at which more was owned than our share
	desks  sync.WaitGroup
}

// NewOwner makes an Owner, which owns nothing until Run.
func NewOwner(m Medium, cfg OwnerConfig) (*Owner, error) {
	if !schemas.ValidName(cfg.ID) {
		return nil, fmt.Errorf("owner of pace %q: want an id of 1 to 64 of a-z, 0-9 and inner hyphens", cfg.ID)
	}
	if cfg.MaxDelay <= 0 {
		cfg.MaxDelay = 2 * time.Minute
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	return &Owner{m: m, cfg: cfg, owned: map[int]context.CancelFunc{}, asking: map[int]context.CancelFunc{}}, nil
}

// Owned is how many partitions the process owns now.
func (o *Owner) Owned() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.owned)
}

// Run owns partitions until ctx ends, and then gives them back.
func (o *Owner) Run(ctx context.Context) error {
	defer o.leave(ctx)
	defer o.desks.Wait()
	every := time.NewTicker(lookEvery)
	defer every.Stop()
	for {
		if err := o.look(ctx); err != nil && ctx.Err() == nil {
			o.cfg.Log.Warn("pace: look at the owners", "error", err)
		}
		select {
		case <-every.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// leave lets the other owners know soon that the partitions are theirs to share: a memory ends, and is not taken back.
func (o *Owner) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callWithin)
	defer cancel()
	if err := o.m.Remember(ctx, ownersGroup, o.cfg.ID, nil, time.Second); err != nil {
		o.cfg.Log.Warn("pace: leave the owners", "error", err)
	}
}

// ask waits for a partition's lock, and serves it while it is held.
func (o *Owner) ask(asking, ctx context.Context, n int) {
	lock, err := o.m.Lock(asking, deskName(n), o.cfg.ID)
	o.mu.Lock()
	o.asking[n]()
	delete(o.asking, n)
	if err != nil {
		o.mu.Unlock()
		if asking.Err() == nil {
			o.cfg.Log.Warn("pace: own a partition", "partition", n, "error", err)
		}
		return
	}
	ctx, end := context.WithCancel(ctx)
	defer end()
	o.owned[n] = end
	o.orphan[n] = 0
	o.mu.Unlock()

	o.serve(ctx, n, lock)

	o.mu.Lock()
	delete(o.owned, n)
	o.mu.Unlock()
	goodbye, cancel := context.WithTimeout(context.WithoutCancel(ctx), callWithin)
	defer cancel()
	if err := lock.Unlock(goodbye); err != nil {
		o.cfg.Log.Warn("pace: give a partition back", "partition", n, "error", err)
	}
}

// serve answers a partition's clients until ctx ends or the lock is lost. When it returns, no answer is on its way.
func (o *Owner) serve(ctx context.Context, n int, lock cluster.Lock) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	d := newDesk(deskName(n), lock, o.m, fetch.PacerConfig{MaxDelay: o.cfg.MaxDelay})
	defer d.close()
	var both sync.WaitGroup
	defer both.Wait()
	both.Go(func() {
		if err := o.m.Answer(ctx, d.name, d.answer); err != nil {
			o.cfg.Log.Warn("pace: answer clients", "partition", n, "error", err)
			cancel()
		}
	})
	both.Go(func() { o.open(ctx, d) })
	select {
	case <-lock.Lost():
		if ctx.Err() == nil {
			o.cfg.Log.Warn("pace: a partition was lost", "partition", n)
		}
	case <-ctx.Done():
	}
	cancel()
}

// open opens a desk when its predecessor's grants have ended.
func (o *Owner) open(ctx context.Context, d *desk) {
	t := time.NewTimer(waitOut)
	defer t.Stop()
	for {
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
		left, err := recall(ctx, o.m, d.name)
		if err == nil {
			d.start(left)
			return
		}
		if ctx.Err() == nil {
			o.cfg.Log.Warn("pace: recall what hosts have asked for", "error", err)
		}
		t.Reset(lookEvery)
	}
}

// answer answers one call.
func (d *desk) answer(ctx context.Context, body []byte) ([]byte, error) {
	q, err := decode[question](body)
	if err != nil {
		return nil, err
	}
	a, err := d.hear(ctx, q)
	if err != nil {
		return nil, err
	}
	return json.Marshal(a)
}
