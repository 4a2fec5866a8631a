package clustertest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pairmill/cluster"
)

func nextTick(t *testing.T, p Peer) cluster.Tick {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	tick, err := p.NextTick(ctx)
	if err != nil {
		t.Fatalf("NextTick: %v", err)
	}
	return tick
}

func ackTick(t *testing.T, p Peer) cluster.Tick {
	t.Helper()
	tick := nextTick(t, p)
	must(t, "Ack", tick.Ack(t.Context()))
	return tick
}

func setTimer(t *testing.T, p Peer, timer cluster.Timer) {
	t.Helper()
	must(t, "SetTimer", p.SetTimer(within(t), timer))
}

// timerTicks: ticks come one after another, each with the time at which it was due.
func timerTicks(t *testing.T, m Medium) {
	p := m.Join(t)
	every := m.Often(t, p, "often")
	var last time.Time
	for range 4 {
		tick := ackTick(t, p)
		late := time.Since(tick.At())
		if tick.Timer() != "often" || !tick.At().Equal(tick.At().Truncate(every)) || late < -time.Second || late > 5*time.Second {
			t.Fatalf("tick of %s at %v, %v late, every %v", tick.Timer(), tick.At(), late, every)
		}
		if !last.IsZero() && tick.At().Sub(last) != every {
			t.Errorf("tick at %v after %v", tick.At(), last)
		}
		last = tick.At()
	}
}

// timerOnce: of several that wait, one gets each tick; a tick that is not acked comes again, unless another has taken
// its place.
func timerOnce(t *testing.T, m Medium) {
	a := m.Join(t)
	every := m.Often(t, a, "often")
	const want = 4
	var mu sync.Mutex
	seen := map[time.Time]int{}
	ctx, cancel := context.WithTimeout(t.Context(), want*every+patience)
	defer cancel()
	var wg sync.WaitGroup
	for range 3 {
		p := m.Join(t)
		wg.Go(func() {
			for {
				tick, err := p.NextTick(ctx)
				if err != nil {
					if !errors.Is(err, context.Canceled) {
						t.Errorf("NextTick: %v", err)
					}
					return
				}
				mu.Lock()
				seen[tick.At()]++
				if len(seen) == want {
					cancel()
				}
				mu.Unlock()
				if err := tick.Ack(t.Context()); err != nil {
					t.Errorf("Ack: %v", err)
				}
			}
		})
	}
	wg.Wait()
	for at, n := range seen {
		if n != 1 {
			t.Errorf("tick of %v came %d times", at, n)
		}
	}
}

// timerMissed: whoever was away catches up once.
func timerMissed(t *testing.T, m Medium) {
	p := m.Join(t)
	every := m.Often(t, p, "often")
	left := nextTick(t, p) // and dies with it
	idle(t, 3*every)
	first := ackTick(t, p)
	if behind := time.Since(first.At()); !first.At().After(left.At()) || behind > every+5*time.Second {
		t.Errorf("the first tick is of %v, %v ago", first.At(), behind)
	}
	if second := ackTick(t, p); second.At().Sub(first.At()) != every {
		t.Errorf("after the tick of %v came one of %v", first.At(), second.At())
	}
	must(t, "late Ack", left.Ack(t.Context()))
}

func timerSet(t *testing.T, m Medium) {
	a, b := m.Join(t), m.Join(t)
	want := []cluster.Timer{
		{Name: "daily", Cron: "@daily", Zone: "Europe/Berlin"},
		{Name: "never-mind", Cron: "0 0 29 2 *"},
		{Name: "weekly", Cron: "30 4 * * MON", Zone: "America/New_York"},
	}
	for _, timer := range []cluster.Timer{want[2], {Name: "daily", Cron: "5 5 5 5 *"}, want[1], want[0], want[0]} {
		setTimer(t, a, timer)
	}
	got, err := b.Timers(within(t))
	if err != nil || !slices.Equal(got, want) {
		t.Fatalf("timers %+v, %v; want %+v", got, err, want)
	}
	must(t, "RemoveTimer", b.RemoveTimer(within(t), "weekly"))
	must(t, "RemoveTimer again", b.RemoveTimer(within(t), "weekly"))
	if got, err = a.Timers(within(t)); err != nil || !slices.Equal(got, want[:2]) {
		t.Fatalf("timers %+v, %v; want %+v", got, err, want[:2])
	}
	every := m.Often(t, a, "often")
	ackTick(t, a)
	must(t, "RemoveTimer", b.RemoveTimer(within(t), "often"))
	_ = idleTick(t, a, every/2) // one may be on its way
	if tick := idleTick(t, a, 2*every+every/2); tick != nil {
		t.Errorf("a timer that was removed ticks at %v", tick.At())
	}
}

// idleTick takes a tick if there is one within a while.
func idleTick(t *testing.T, p Peer, while time.Duration) cluster.Tick {
	t.Helper()
	tick, err := p.NextTick(after(t, while))
	if err != nil {
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("NextTick: %v", err)
		}
		return nil
	}
	must(t, "Ack", tick.Ack(t.Context()))
	return tick
}

func timerRestart(t *testing.T, m Medium) {
	if m.Restart == nil {
		t.Skip("this medium keeps nothing beyond its process")
	}
	p := m.Join(t)
	setTimer(t, p, cluster.Timer{Name: "daily", Cron: "@daily"})
	every := m.Often(t, p, "often")
	first := ackTick(t, p)
	m.Restart(t)
	list, err := p.Timers(within(t))
	if err != nil || len(list) != 2 {
		t.Fatalf("timers after the restart: %+v, %v", list, err)
	}
	second, third := ackTick(t, p), ackTick(t, p)
	if !second.At().After(first.At()) || !third.At().After(second.At()) || time.Since(third.At()) > every+5*time.Second {
		t.Errorf("ticks at %v, restart, %v, %v", first.At(), second.At(), third.At())
	}
}

func timerRefused(t *testing.T, m Medium) {
	p := m.Join(t)
	for _, c := range []struct {
		timer cluster.Timer
		want  string
	}{
		{cluster.Timer{Name: "a", Cron: "* * * *"}, "want five"},
		{cluster.Timer{Name: "a", Cron: "61 * * * *"}, "minute"},
		{cluster.Timer{Name: "a", Cron: "* * * * FRITAG"}, "day of week"},
		{cluster.Timer{Name: "a", Cron: "* * * 13 *"}, "month"},
		{cluster.Timer{Name: "a", Cron: "@sometimes"}, "@monthly"},
		{cluster.Timer{Name: "a", Cron: "0 0 31 2 *"}, "never"},
		{cluster.Timer{Name: "a", Cron: "@daily", Zone: "Middle/Earth"}, "Middle/Earth"},
		{cluster.Timer{Name: "A b", Cron: "@daily"}, "A b"},
	} {
		if err := p.SetTimer(within(t), c.timer); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("SetTimer %+v: %v, want %q in it", c.timer, err, c.want)
		}
	}
	if list, err := p.Timers(within(t)); err != nil || len(list) != 0 {
		t.Errorf("timers %+v, %v", list, err)
	}
}
