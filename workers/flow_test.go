package workers_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"pairmill/encoder/encodertest"
	"pairmill/schemas"
	"pairmill/store/faulty"
	"pairmill/store/ledger"
	"pairmill/store/mem"
	"pairmill/workers"
	"pairmill/workers/workerstest"
)

// never fails every write below a prefix of the run's folder.
func never(prefix string) faulty.Hook {
	return func(op faulty.Op, key string, _ int) faulty.Fault {
		if op == faulty.Put && strings.HasPrefix(key, "runs/"+workerstest.Run+"/"+prefix) {
			return faulty.Fail
		}
		return faulty.None
	}
}

// A job that can never succeed costs its own rows: the run ends, and the ledger counts them.
func TestRunEndsWithoutAJob(t *testing.T) {
	t.Parallel()
	site := workerstest.Site(t)
	broken := &encodertest.Fake{Before: func(context.Context, string, int) error { return errBad }}
	for _, c := range []struct {
		name   string
		prefix string
		fake   *encodertest.Fake
		task   schemas.Task
		rows   bool // are lost
	}{
		{"fetch", "shards/g00000/00000", nil, schemas.TaskFetch, true},
		{"every fetch", "shards/", nil, schemas.TaskFetch, true},
		{"embed", "columns/", nil, schemas.TaskEmbed, true},
		{"encoder", "nothing", broken, schemas.TaskEmbed, true},
		{"walk", "pages/e00001/", nil, schemas.TaskWalk, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := faulty.New(mem.New(), never(c.prefix))
			p := workerstest.Pipeline{Store: s, Spec: workerstest.Spec(site, "")}
			if c.fake != nil {
				p.Encoder = c.fake
			}
			if err := p.Drive(t.Context()); err != nil {
				t.Fatal(err)
			}
			sum, err := workerstest.Summary(t.Context(), s)
			if err != nil || sum.Balance() != 0 || (sum.Quarantined > 0) != c.rows {
				t.Errorf("%+v is off by %d, %v", sum, sum.Balance(), err)
			}
			n := 0
			for q, err := range ledger.Quarantined(t.Context(), s, workerstest.Run) {
				if err != nil || q.Job.Task != c.task {
					t.Errorf("quarantined %+v, %v", q, err)
				}
				n++
			}
			if n == 0 {
				t.Error("no job was given up")
			}
			// The quarantine is part of what the store says: going on with the run changes nothing.
			p.Watch = failOnStart{t: t}
			if err := p.Drive(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestRunStopsWithoutACriticalJob(t *testing.T) {
	t.Parallel()
	site := workerstest.Site(t)
	for _, prefix := range []string{"inboxes/", "lanes/", "ended/", "winners/", "selections/", "decisions", "published/"} {
		t.Run(prefix, func(t *testing.T) {
			t.Parallel()
			healthy := mem.New()
			p := workerstest.Pipeline{Store: faulty.New(healthy, never(prefix)), Spec: workerstest.Spec(site, "")}
			if err := p.Drive(t.Context()); !errors.Is(err, workers.ErrStopped) {
				t.Fatalf("error %v, want ErrStopped", err)
			}
			// Whoever starts it again once the store is mended goes on.
			p.Store = healthy
			if err := p.Drive(t.Context()); err != nil {
				t.Errorf("with the store mended: %v", err)
			}
			if sum, err := workerstest.Summary(t.Context(), healthy); err != nil || sum.Balance() != 0 || sum.Quarantined != 0 {
				t.Errorf("with the store mended: %+v, %v", sum, err)
			}
		})
	}
}
