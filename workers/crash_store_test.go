package workers_test

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"sync/atomic"

	"pairmill/store"
	"pairmill/store/faulty"
	"pairmill/workers/workerstest"
)

// class is what writes of one kind have in common: the operation, and the key without numbers and hashes.
type class string

var (
	hashes = regexp.MustCompile(`\.[0-9a-f]{16}\b|@[0-9a-f]+`)
	digits = regexp.MustCompile(`[0-9]+`)
)

func classOf(op faulty.Op, key string) class {
	key = strings.TrimPrefix(key, store.Run(workerstest.Run))
	return class(string(op) + " " + digits.ReplaceAllString(hashes.ReplaceAllString(key, "*"), "#"))
}

// point is where a process ends: at the first write of a class.
type point struct {
	Class class
	After bool // once the write has taken effect; else before
}

func (p point) String() string {
	if p.After {
		return "after " + string(p.Class)
	}
	return "before " + string(p.Class)
}

// mortal is a store whose process ends at a point: from then on nothing is written.
type mortal struct {
	store.Store
	point point
	end   func()

	met  atomic.Bool // the point has been reached
	dead atomic.Bool
}

var (
	_       store.Copier = (*mortal)(nil)
	errDead              = errors.New("the process has ended")
)

func (m *mortal) Put(ctx context.Context, key string, b store.Blob) (info store.Info, err error) {
	err = m.write(classOf(faulty.Put, key), func() (err error) {
		info, err = m.Store.Put(ctx, key, b)
		return err
	})
	return info, err
}

func (m *mortal) Copy(ctx context.Context, from, to string) error {
	return m.write(classOf(faulty.Copy, to), func() error { return store.Copy(ctx, m.Store, from, to) })
}

func (m *mortal) write(c class, effect func() error) error {
	if m.dead.Load() {
		return errDead
	}
	here := c == m.point.Class && m.met.CompareAndSwap(false, true)
	if here && !m.point.After {
		return m.die()
	}
	if err := effect(); err != nil {
		return err
	}
	if here {
		return m.die()
	}
	return nil
}

func (m *mortal) die() error {
	m.dead.Store(true)
	m.end()
	return errDead
}
