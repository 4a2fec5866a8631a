package control

import (
	"context"
	"fmt"
	"log/slog"
	"syscall"
	"time"

	"pairmill/internal/metrics"
	"pairmill/workers"
)

// disk keeps a worker from taking jobs while there is little room where they spool. Jobs in work go on: they were let in
// while there was room.
type disk struct {
	dir     string
	least   float64 // share of the disk that must be free
	gate    *workers.Gate
	metrics *metrics.Set
	log     *slog.Logger
	free    func(dir string) (free, all uint64, err error)
}

const (
	// diskEvery is how often the disk is looked at: a worker fills less than its least share in this time.
	diskEvery = 2 * time.Second
	// diskAgain is how much more than the least share must be free before intake is resumed, so that it does not flutter.
	diskAgain = 0.02
)

// freeOf returns what a process without privileges may still write, and the size of the disk, in bytes.
func freeOf(dir string) (free, all uint64, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, 0, fmt.Errorf("free space of %s: %w", dir, err)
	}
	return s.Bavail * uint64(s.Bsize), s.Blocks * uint64(s.Bsize), nil
}

// run watches until ctx ends.
func (d *disk) run(ctx context.Context) error {
	for {
		d.look()
		if !sleep(ctx, diskEvery) {
			return nil
		}
	}
}

func (d *disk) look() {
	free, all, err := d.free(d.dir)
	if err != nil {
		d.log.Warn("look at the disk", "error", err)
		return
	}
	d.metrics.DiskFree(free)
	share := float64(free) / max(float64(all), 1)
	shut := d.gate.Why() != ""
	switch {
	case !shut && share < d.least:
		why := fmt.Sprintf("disk: %.1f %% of %s free (%.1f GB), %.1f %% wanted (--min-free)", 100*share, d.dir, float64(free)/1e9, 100*d.least)
		d.gate.Shut(why)
		d.log.Warn("intake paused", "why", why)
	case shut && share >= min(d.least+diskAgain, 1):
		d.gate.Open()
		d.log.Info("intake resumed", "free", free)
	}
	d.metrics.IntakePaused("disk", d.gate.Why() != "")
}
