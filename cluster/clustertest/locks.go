package clustertest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pairmill/cluster"
)

func hold(t *testing.T, p Peer, name, value string) cluster.Lock {
	t.Helper()
	l, err := p.Lock(within(t), name, value)
	if err != nil {
		t.Fatalf("Lock %s: %v", name, err)
	}
	return l
}

func lost(l cluster.Lock) bool {
	select {
	case <-l.Lost():
		return true
	default:
		return !l.Held()
	}
}

func wantHolder(t *testing.T, p Peer, name, want string) {
	t.Helper()
	got, ok, err := p.Holder(within(t), name)
	if err != nil || got != want || ok != (want != "") {
		t.Fatalf("Holder of %s = %q, %v, %v; want %q", name, got, ok, err, want)
	}
}

func wantTaken(t *testing.T, p Peer, name string, while time.Duration) {
	t.Helper()
	if _, err := p.Lock(after(t, while), name, "thief"); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("Lock of a name that is held: %v", err)
	}
}

// lockOne: of eight peers that work under one lock, one works at a time.
func lockOne(t *testing.T, m Medium) {
	const peers, rounds = 8, 3
	var inside, total atomic.Int32
	var mu sync.Mutex
	var last uint64
	var wg sync.WaitGroup
	for range peers {
		p := m.Join(t)
		wg.Go(func() {
			for range rounds {
				l, err := p.Lock(within(t), "one", "")
				if err != nil {
					t.Errorf("Lock: %v", err)
					return
				}
				if inside.Add(1) != 1 {
					t.Error("two hold a lock")
				}
				mu.Lock()
				if l.Epoch() <= last {
					t.Errorf("epoch %d after %d", l.Epoch(), last)
				}
				last = l.Epoch()
				mu.Unlock()
				time.Sleep(time.Millisecond)
				total.Add(1)
				inside.Add(-1)
				if err := l.Unlock(within(t)); err != nil {
					t.Errorf("Unlock: %v", err)
				}
			}
		})
	}
	wg.Wait()
	if total.Load() != peers*rounds {
		t.Errorf("held %d times, want %d", total.Load(), peers*rounds)
	}
}

func lockPasses(t *testing.T, m Medium) {
	a, b := m.Join(t), m.Join(t)
	wantHolder(t, a, "leader", "")
	first := hold(t, a, "leader", "a, on host 1")
	other := hold(t, b, "other", "b") // another name
	wantHolder(t, b, "leader", "a, on host 1")
	start := time.Now()
	must(t, "Unlock", first.Unlock(t.Context()))
	if !lost(first) {
		t.Error("not lost after Unlock")
	}
	must(t, "second Unlock", first.Unlock(t.Context()))
	second := hold(t, b, "leader", "b")
	if took := time.Since(start); took > cluster.LockTTL/2 {
		t.Errorf("a lock that was given back took %v to get", took)
	}
	must(t, "Unlock of what another has by now", first.Unlock(t.Context()))
	wantHolder(t, a, "leader", "b")
	if lost(second) || lost(other) || second.Epoch() <= first.Epoch() {
		t.Errorf("lost %v, %v; epochs %d, %d", lost(second), lost(other), first.Epoch(), second.Epoch())
	}
}

// lockWaits: a waiting Lock gets the name soon after it is free, and another gives up with its context's cause. The
// holder's context may end: the lock stays.
func lockWaits(t *testing.T, m Medium) {
	a, b := m.Join(t), m.Join(t)
	ctx, cancel := context.WithCancel(t.Context())
	first, err := a.Lock(ctx, "leader", "a")
	must(t, "Lock", err)
	cancel()
	wantTaken(t, b, "leader", cluster.LockTTL+time.Second)
	if lost(first) {
		t.Fatal("lost with the context of Lock")
	}
	got := make(chan cluster.Lock, 1)
	go func() {
		l, err := b.Lock(within(t), "leader", "b")
		if err != nil {
			t.Errorf("Lock: %v", err)
		}
		got <- l
	}()
	idle(t, 50*time.Millisecond)
	start := time.Now()
	must(t, "Unlock", first.Unlock(t.Context()))
	<-got
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("waited %v for a lock that was given back", took)
	}
	reason := errors.New("enough")
	caused, end := context.WithCancelCause(t.Context())
	end(reason)
	if _, err := a.Lock(caused, "leader", "a"); !errors.Is(err, reason) {
		t.Errorf("Lock with an ended context: %v", err)
	}
}

// lockCut: who cannot renew is told before another has the lock.
func lockCut(t *testing.T, m Medium) {
	a, b := m.Join(t), m.Join(t)
	first := hold(t, a, "leader", "a")
	told := make(chan time.Time, 1)
	go func() {
		<-first.Lost()
		told <- time.Now()
	}()
	start := time.Now()
	mend := m.Cut(t, a)
	second := hold(t, b, "leader", "b")
	taken := time.Now()
	select {
	case at := <-told:
		if margin := taken.Sub(at); margin < cluster.LockMargin/2 { // a busy machine may have told us late
			t.Errorf("told %v before another had the lock, want %v", margin, cluster.LockMargin)
		}
	default:
		t.Fatal("another has the lock, and the first was not told")
	}
	if took := taken.Sub(start); took > cluster.LockTTL+3*time.Second {
		t.Errorf("another had the lock after %v", took)
	}
	mend()
	must(t, "Unlock after the loss", first.Unlock(within(t)))
	wantHolder(t, b, "leader", "b")
	wantHolder(t, a, "leader", "b")
	if lost(second) {
		t.Error("the second holder lost the lock")
	}
}

// lockShortCut: a cut that is shorter than a NATS cluster needs to elect a leader moves no lock.
func lockShortCut(t *testing.T, m Medium) {
	a, b := m.Join(t), m.Join(t)
	l := hold(t, a, "leader", "a")
	mend := m.Cut(t, a)
	idle(t, 4*time.Second)
	mend()
	wantTaken(t, b, "leader", cluster.LockTTL)
	if lost(l) {
		t.Error("lost by a short cut")
	}
}

// lockRestart: a medium that restarts moves no lock.
func lockRestart(t *testing.T, m Medium) {
	if m.Restart == nil {
		t.Skip("this medium keeps nothing beyond its process")
	}
	a, b := m.Join(t), m.Join(t)
	l := hold(t, a, "leader", "a")
	m.Restart(t)
	wantTaken(t, b, "leader", cluster.LockTTL+time.Second)
	if lost(l) {
		t.Error("lost by a restart")
	}
	must(t, "Unlock", l.Unlock(within(t)))
	hold(t, b, "leader", "b")
}

func lockNames(t *testing.T, m Medium) {
	p := m.Join(t)
	for _, name := range []string{"", "-a", "A", "a.b", "a b", "*", strings.Repeat("a", 65)} {
		if _, err := p.Lock(after(t, time.Second), name, ""); err == nil || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Lock %q: %v", name, err)
		}
	}
	if _, err := p.Lock(after(t, time.Second), "a", strings.Repeat("x", cluster.MaxLockValue+1)); err == nil || !strings.Contains(err.Error(), "256") {
		t.Errorf("Lock with a long value: %v", err)
	}
	hold(t, p, strings.Repeat("a", 64), strings.Repeat("x", cluster.MaxLockValue))
}

func lockClose(t *testing.T, m Medium) {
	a, b := m.Join(t), m.Join(t)
	held := hold(t, a, "leader", "a")
	waiting := make(chan error, 1)
	hold(t, b, "other", "b")
	go func() {
		_, err := a.Lock(within(t), "other", "a")
		waiting <- err
	}()
	idle(t, 50*time.Millisecond)
	start := time.Now()
	must(t, "Close", a.Close())
	if err := <-waiting; !errors.Is(err, cluster.ErrClosed) {
		t.Errorf("Lock when closed: %v", err)
	}
	if !lost(held) {
		t.Error("a lock is held after Close")
	}
	hold(t, b, "leader", "b")
	if took := time.Since(start); took > cluster.LockTTL/2 {
		t.Errorf("the lock of a peer that was closed took %v to get", took)
	}
	must(t, "Unlock after Close", held.Unlock(t.Context()))
	if _, err := a.Lock(t.Context(), "third", ""); !errors.Is(err, cluster.ErrClosed) {
		t.Errorf("Lock after Close: %v", err)
	}
}
