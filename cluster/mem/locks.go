package mem

import (
	"context"
	"fmt"
	"time"

	"pairmill/cluster"
	"pairmill/schemas"
)

// lock is a name with its holder. It is guarded by its medium's lock.
type lock struct {
	m     *Medium
	peer  *Peer
	name  string
	value string
	epoch uint64
	lost  chan struct{}
	over  bool        // lost is closed
	ends  time.Time   // when it is free; zero while its peer renews it
	timer *time.Timer // runs while ends is set: closes lost
}

// Lock takes a name as soon as it is free.
func (p *Peer) Lock(ctx context.Context, name, value string) (cluster.Lock, error) {
	if err := checkLock(name, value); err != nil {
		return nil, err
	}
	var mine *lock
	err := p.await(ctx, func(now time.Time) (bool, time.Time) {
		if l := p.m.holder(name, now); l != nil {
			return false, l.ends
		}
		p.m.epoch++
		mine = &lock{m: p.m, peer: p, name: name, value: value, epoch: p.m.epoch, lost: make(chan struct{})}
		p.m.locks[name] = mine
		return true, time.Time{}
	})
	if err != nil {
		return nil, err
	}
	return mine, nil
}

func checkLock(name, value string) error {
	if !schemas.ValidName(name) {
		return fmt.Errorf("lock %q: want 1 to 64 of a-z, 0-9 and inner hyphens", name)
	}
	if len(value) > cluster.MaxLockValue {
		return fmt.Errorf("lock %s: a value of %d bytes: the limit is %d", name, len(value), cluster.MaxLockValue)
	}
	return nil
}

// Holder returns the value of a name's holder.
func (p *Peer) Holder(ctx context.Context, name string) (value string, ok bool, err error) {
	err = p.do(ctx, func(now time.Time) {
		if l := p.m.holder(name, now); l != nil {
			value, ok = l.value, true
		}
	})
	return value, ok, err
}

// holder returns a name's lock unless it has run out. The caller holds mu.
func (m *Medium) holder(name string, now time.Time) *lock {
	l := m.locks[name]
	if l == nil || !l.ends.IsZero() && !l.ends.After(now) {
		return nil
	}
	return l
}

// Lost is closed when the lock is not held any more.
func (l *lock) Lost() <-chan struct{} { return l.lost }

// Held tells whether the lock is held for cluster.LockMargin at least.
func (l *lock) Held() bool {
	l.m.mu.Lock()
	defer l.m.mu.Unlock()
	return !l.over && (l.ends.IsZero() || time.Until(l.ends) > cluster.LockMargin)
}

// Epoch grows with each holder.
func (l *lock) Epoch() uint64 { return l.epoch }

// Unlock gives the name back; a peer that is cut off only stops holding it.
func (l *lock) Unlock(context.Context) error {
	l.m.mu.Lock()
	defer l.m.mu.Unlock()
	l.lose()
	if l.m.locks[l.name] == l && !l.peer.cut {
		delete(l.m.locks, l.name)
		l.m.wake()
	}
	return nil
}

// lose tells the holder. The caller holds mu.
func (l *lock) lose() {
	if !l.over {
		l.over = true
		close(l.lost)
	}
}

// unlockAll frees what a peer holds. The caller holds mu.
func (m *Medium) unlockAll(p *Peer) {
	for name, l := range m.locks {
		if l.peer == p {
			l.lose()
			delete(m.locks, name)
		}
	}
}

// expireAll lets what a peer holds run out. The caller holds mu.
func (m *Medium) expireAll(p *Peer, now time.Time) {
	for _, l := range m.locks {
		if l.peer != p || !l.ends.IsZero() {
			continue
		}
		l.ends = now.Add(cluster.LockTTL)
		l.timer = time.AfterFunc(cluster.LockTTL-cluster.LockMargin, func() {
			m.mu.Lock()
			defer m.mu.Unlock()
			if !l.ends.IsZero() {
				l.lose()
			}
		})
	}
}

// renewAll renews what a peer still holds. The caller holds mu.
func (m *Medium) renewAll(p *Peer) {
	for _, l := range m.locks {
		if l.peer == p && !l.over && !l.ends.IsZero() {
			l.timer.Stop()
			l.ends = time.Time{}
		}
	}
}
