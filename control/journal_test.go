package control

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	queue "pairmill/cluster/mem"
)

func TestJournaled(t *testing.T) {
	t.Parallel()
	peer := queue.NewMedium().Join()
	defer peer.Close()
	var out bytes.Buffer
	log := slog.New(Journaled(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelWarn}), peer, "worker-1")).With("member", "worker-1")
	log.Info("concerns nobody")
	log.Debug("too small", "run", "r1")
	log.Info("job begun", "run", "r1", "job", "g0_fetch-1", "attempt", 2)
	log.Warn("job will be tried again", "run", "r1", "job", "g0_fetch-1", "error", errors.New("disk\nfull"))
	run := log.With("run", "r2", "of", "two")
	run.Info("over")
	run.WithGroup("inner").Info("grouped", "job", "none", "x", 1)
	log.WithGroup("inner").Info("run in a group", "run", "r3")

	want := map[string][]string{
		"r1": {`INFO g0_fetch-1 "job begun" attempt=2`, `WARN g0_fetch-1 "job will be tried again" error="disk\nfull"`},
		"r2": {"INFO  over of=two", "INFO  grouped of=two inner.job=none inner.x=1"},
		"r3": nil,
	}
	for run, lines := range want {
		var got []string
		for e, err := range peer.Lines(t.Context(), run, "") {
			if err != nil || e.Member != "worker-1" || e.Time.IsZero() {
				t.Errorf("%+v, %v", e, err)
			}
			got = append(got, e.Level+" "+e.Job+" "+e.Text)
		}
		if strings.Join(got, "\n") != strings.Join(lines, "\n") {
			t.Errorf("%s: %q, want %q", run, got, lines)
		}
	}
	if n := strings.Count(out.String(), "\n"); n != 1 || !strings.Contains(out.String(), "tried again") {
		t.Errorf("standard error has\n%s", &out)
	}
}
