package mem

import (
	"context"
	"slices"
	"strings"
	"time"

	"pairmill/cluster"
)

// tickLease is how long a tick stays with whoever took it.
const tickLease = time.Minute

// timer is a timer with its tick, if one waits to be acked.
type timer struct {
	cluster.Timer
	times cluster.Schedule
	next  time.Time // when the next tick is due; zero: never
	at    time.Time // of the tick that waits; zero: none
	held  time.Time // until when that tick is leased
}

// SetTimer adds or replaces a timer; the same again changes nothing.
func (p *Peer) SetTimer(ctx context.Context, t cluster.Timer) error {
	times, err := t.Parse()
	if err != nil {
		return err
	}
	return p.do(ctx, func(now time.Time) {
		if old := p.m.timers[t.Name]; old != nil && old.Timer == t {
			return
		}
		p.m.timers[t.Name] = &timer{Timer: t, times: times, next: times.Next(now)}
		p.m.wake()
	})
}

// RemoveTimer removes a timer and its tick.
func (p *Peer) RemoveTimer(ctx context.Context, name string) error {
	return p.do(ctx, func(time.Time) { delete(p.m.timers, name) })
}

// Timers lists what is set.
func (p *Peer) Timers(ctx context.Context) ([]cluster.Timer, error) {
	var list []cluster.Timer
	err := p.do(ctx, func(time.Time) {
		for _, t := range p.m.timers {
			list = append(list, t.Timer)
		}
	})
	slices.SortFunc(list, func(a, b cluster.Timer) int { return strings.Compare(a.Name, b.Name) })
	return list, err
}

// NextTick waits for a timer to be due, and leases its tick.
func (p *Peer) NextTick(ctx context.Context) (cluster.Tick, error) {
	var got *tick
	err := p.await(ctx, func(now time.Time) (bool, time.Time) {
		first, due := p.m.firstDue(now)
		if first == nil {
			return false, due
		}
		first.held = now.Add(tickLease)
		got = &tick{peer: p, timer: first, at: first.at}
		return true, due
	})
	if err != nil {
		return nil, err
	}
	return got, nil
}

// firstDue returns the timer whose tick has waited longest, or when there may be one. The caller holds mu.
func (m *Medium) firstDue(now time.Time) (first *timer, due time.Time) {
	for _, t := range m.timers {
		t.fire(now)
		switch next := t.when(); {
		case next.IsZero():
		case !next.After(now):
			if first == nil || t.at.Before(first.at) || t.at.Equal(first.at) && t.Name < first.Name {
				first = t
			}
		case due.IsZero() || next.Before(due):
			due = next
		}
	}
	return first, due
}

// fire makes the latest time that has come the tick that waits.
func (t *timer) fire(now time.Time) {
	for !t.next.IsZero() && !t.next.After(now) {
		t.at, t.held = t.next, time.Time{}
		t.next = t.times.Next(t.next)
	}
}

// when is the time at which there is a tick to take.
func (t *timer) when() time.Time {
	if t.at.IsZero() {
		return t.next
	}
	if t.held.IsZero() {
		return t.at
	}
	if !t.next.IsZero() && t.next.Before(t.held) {
		return t.next
	}
	return t.held
}

// tick is one lease of one tick.
type tick struct {
	peer  *Peer
	timer *timer
	at    time.Time
}

func (t *tick) Timer() string { return t.timer.Name }
func (t *tick) At() time.Time { return t.at }

// Ack ends the tick, unless a later one has taken its place.
func (t *tick) Ack(ctx context.Context) error {
	return t.peer.do(ctx, func(time.Time) {
		if t.timer.at.Equal(t.at) {
			t.timer.at, t.timer.held = time.Time{}, time.Time{}
		}
	})
}
