package control

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"pairmill/cluster"
)

// leaderLock is the name of the lock whose holder leads.
const leaderLock = "leader"

// lead takes the lock, leads until it is lost, and waits for it again, until ctx ends.
func (c *Control) lead(ctx context.Context) error {
	for {
		lock, err := c.medium.Locks.Lock(ctx, leaderLock, c.id)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, cluster.ErrClosed):
			return err
		case err != nil:
			c.log.Warn("take the lock of the leader", "error", err)
			if !sleep(ctx, c.cfg.Look) {
				return nil
			}
			continue
		}
		c.log.Info("leads", "epoch", lock.Epoch())
		err = c.term(ctx, lock)
		c.unlock(lock)
		if ctx.Err() != nil {
			return nil
		}
		c.log.Info("leads no longer", "error", err)
		if err != nil && !sleep(ctx, c.cfg.Look) { // whoever else waits for the lock has it now
			return nil
		}
	}
}

// term runs what only the leader does until the lock is lost. All of it has ended when it returns.
func (c *Control) term(ctx context.Context, lock cluster.Lock) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer cancel()
		select {
		case <-lock.Lost():
		case <-ctx.Done():
		}
		return nil
	})
	c.cfg.Metrics.Leader(true)
	defer c.cfg.Metrics.Leader(false)
	t := newTender(c)
	g.Go(func() error { return t.run(ctx) })
	g.Go(func() error { return c.setTimers(ctx) })
	g.Go(func() error { return c.takeTicks(ctx) })
	g.Go(func() error { return t.measure(ctx) })
	return g.Wait()
}

// unlock gives the lock back, also when the process is asked to stop: another may lead at once.
func (c *Control) unlock(lock cluster.Lock) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := lock.Unlock(ctx); err != nil {
		c.log.Warn("give the lock of the leader back", "error", err)
	}
}

// sleep waits; it is false when ctx ends first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
