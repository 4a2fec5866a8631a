package control

import (
	"errors"
	"log/slog"
	"strings"
	"testing"

	"pairmill/cluster"
	"pairmill/internal/metrics"
	"pairmill/workers"
)

func TestDisk(t *testing.T) {
	t.Parallel()
	var free uint64
	var failed error
	d := disk{dir: "/spool", least: 0.1, gate: &workers.Gate{}, metrics: metrics.New("x", cluster.RoleWorker), log: slog.New(slog.DiscardHandler),
		free: func(string) (uint64, uint64, error) { return free, 1000, failed }}
	for i, step := range []struct {
		free uint64
		fail error
		shut bool
	}{
		{500, nil, false}, {100, nil, false}, {99, nil, true}, {50, nil, true}, {110, nil, true}, // not yet: it would flutter
		{0, errors.New("gone"), true}, {121, nil, false}, {101, nil, false}, {0, errors.New("gone"), false},
	} {
		free, failed = step.free, step.fail
		d.look()
		if why := d.gate.Why(); (why != "") != step.shut || step.shut && !strings.Contains(why, "--min-free") {
			t.Errorf("step %d, %d of 1000 free: shut because of %q", i, step.free, why)
		}
	}
	if free, all, err := freeOf(t.TempDir()); err != nil || all == 0 || free > all {
		t.Errorf("of this disk: %d of %d, %v", free, all, err)
	}
}
