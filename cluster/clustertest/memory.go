package clustertest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pairmill/cluster"
)

func remember(t *testing.T, p Peer, group, name, value string, ttl time.Duration) {
	t.Helper()
	must(t, "Remember", p.Remember(within(t), group, name, []byte(value), ttl))
}

func recall(t *testing.T, p Peer, group string) map[string]cluster.Memo {
	t.Helper()
	all := map[string]cluster.Memo{}
	for m, err := range p.Recall(within(t), group) {
		must(t, "Recall", err)
		if _, twice := all[m.Name]; twice {
			t.Errorf("memo %s twice", m.Name)
		}
		all[m.Name] = m
	}
	return all
}

func memory(t *testing.T, m Medium) {
	a, b := m.Join(t), m.Join(t)
	if got := recall(t, a, "pace-1"); len(got) != 0 {
		t.Fatalf("remembered at first: %v", got)
	}
	remember(t, a, "pace-1", "x", "one", time.Minute)
	remember(t, a, "pace-1", "y", "\x00", time.Hour)
	remember(t, a, "pace-10", "x", "another group", time.Hour)
	remember(t, b, "pace-1", "x", "two", 2*time.Minute)
	got := recall(t, b, "pace-1")
	if len(got) != 2 || string(got["x"].Value) != "two" || string(got["y"].Value) != "\x00" {
		t.Errorf("remembered %v", got)
	}
	if left := got["x"].Left; left > 2*time.Minute || left < 2*time.Minute-10*time.Second {
		t.Errorf("a memo of two minutes is kept for %v", left)
	}
	if m.Restart != nil {
		m.Restart(t)
		if got := recall(t, b, "pace-1"); len(got) != 2 || got["x"].Left < time.Minute {
			t.Errorf("remembered after the restart: %v", got)
		}
	}
}

func memoryForgets(t *testing.T, m Medium) {
	p := m.Join(t)
	start := time.Now()
	remember(t, p, "g", "short", "", 2*time.Second)
	remember(t, p, "g", "long", "", time.Minute)
	remember(t, p, "g", "raised", "", time.Second)
	remember(t, p, "g", "raised", "", time.Minute)
	for {
		asked := time.Now()
		got := recall(t, p, "g")
		if _, ok := got["short"]; ok {
			if asked.Sub(start) > 10*time.Second {
				t.Fatal("a memo of two seconds is not forgotten")
			}
			time.Sleep(50 * time.Millisecond)
			continue
		}
		if since := time.Since(start); since < 2*time.Second {
			t.Errorf("forgotten after %v", since)
		}
		if len(got) != 2 {
			t.Errorf("remembered %v", got)
		}
		return
	}
}

func memoryBounds(t *testing.T, m Medium) {
	p := m.Join(t)
	remember(t, p, "g", "full", strings.Repeat("x", cluster.MaxMemo), time.Minute)
	if err := p.Remember(within(t), "g", "more", make([]byte, cluster.MaxMemo+1), time.Minute); err == nil || !strings.Contains(err.Error(), "4096") {
		t.Errorf("Remember of too much: %v", err)
	}
	for _, name := range []string{"", "a.b", "*", ">", "A"} {
		if err := p.Remember(within(t), name, "n", nil, time.Minute); err == nil {
			t.Errorf("Remember in group %q", name)
		}
		if err := p.Remember(within(t), "g", name, nil, time.Minute); err == nil {
			t.Errorf("Remember under %q", name)
		}
	}
	must(t, "Close", p.Close())
	if err := p.Remember(t.Context(), "g", "n", nil, time.Minute); !errors.Is(err, cluster.ErrClosed) {
		t.Errorf("Remember after Close: %v", err)
	}
}
