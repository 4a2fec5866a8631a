package main

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"time"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
)

// spending measures what this process spends on a run.
type spending struct {
	store  store.Store
	run    string
	began  time.Time
	before syscall.Rusage
}

func startSpending(s store.Store, run string) *spending {
	u := &spending{store: s, run: run, began: time.Now()}
	// An error leaves zeros: the figures are then of the whole process.
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u.before)
	return u
}

// put leaves the figures beside the run, where the report finds them. A process that was killed leaves none.
func (u *spending) put(ctx context.Context) error {
	var now syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &now); err != nil {
		return fmt.Errorf("read resource usage: %w", err)
	}
	seconds := func(a, b syscall.Timeval) float64 {
		return float64(b.Sec-a.Sec) + float64(b.Usec-a.Usec)/1e6
	}
	x := schemas.Usage{
		Version: schemas.Version, StartedMS: u.began.UnixMilli(), Seconds: time.Since(u.began).Seconds(),
		CPUUser: seconds(u.before.Utime, now.Utime), CPUSystem: seconds(u.before.Stime, now.Stime), MaxRSS: now.Maxrss << 10,
	}
	blob, err := ledger.JSON(x)
	if err != nil {
		return err
	}
	key := fmt.Sprintf("%s%d-%d.json", store.UsagePrefix(u.run), x.StartedMS, os.Getpid())
	_, err = u.store.Put(ctx, key, blob)
	return err
}
