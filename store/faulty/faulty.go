// Package faulty wraps any store so that chosen calls fail, for crash tables.
//
// A call can fail before it did anything, after it did everything (the answer was lost), or hang until its context
// ends. Which call does what is decided by a hook that sees every call with a running number, so a test can walk a
// whole job: first count its calls, then fail each of them in each way. The wrapper counts calls; it is safe for
// concurrent use when its hook is.
package faulty

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"

	"pairmill/store"
)

// Op is a method of the store.
type Op string

// The operations.
const (
	Open   Op = "open"
	Put    Op = "put"
	List   Op = "list"
	Delete Op = "delete"
	Copy   Op = "copy" // key is the object that is made

	Replace Op = "replace"
)

// Fault is what happens to a call.
type Fault int

// The faults.
const (
	None Fault = iota // the call goes through
	Fail              // nothing happens, and the call returns ErrInjected
	Lost              // the call takes effect, and returns ErrInjected; a list yields everything first
	Hang              // nothing happens until the context ends; the call returns the context's error
)

// Faults lists the ways to fail, for tables.
func Faults() []Fault { return []Fault{Fail, Lost, Hang} }

// String names the fault as test names show it.
func (f Fault) String() string { return [...]string{"none", "fail", "lost", "hang"}[f] }

// ErrInjected is the error of an injected fault.
var ErrInjected = errors.New("injected fault")

// Hook chooses the fault of a call: its operation, its key or prefix, and its number among all calls of the store,
// from 1.
type Hook func(op Op, key string, n int) Fault

// At is the hook that gives call number n a fault, and lets the others through.
func At(n int, f Fault) Hook {
	return func(_ Op, _ string, i int) Fault {
		if i == n {
			return f
		}
		return None
	}
}

// Store is a store whose calls can fail.
type Store struct {
	inner store.Store
	hook  Hook

	mu    sync.Mutex
	total int        // guarded by mu
	count map[Op]int // guarded by mu
}

var (
	_ store.Store    = (*Store)(nil)
	_ store.Copier   = (*Store)(nil)
	_ store.Replacer = (*Store)(nil)
)

// New wraps inner. A nil hook lets everything through and only counts.
func New(inner store.Store, hook Hook) *Store {
	if hook == nil {
		hook = func(Op, string, int) Fault { return None }
	}
	return &Store{inner: inner, hook: hook, count: map[Op]int{}}
}

// Calls is how many calls were made, of all operations together.
func (s *Store) Calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}

// Count is how many calls of one operation were made.
func (s *Store) Count(op Op) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count[op]
}

// do counts a call, asks the hook, and runs effect unless the fault forbids it.
func (s *Store) do(ctx context.Context, op Op, key string, effect func() error) error {
	switch n, f := s.next(op, key); f {
	case Hang:
		<-ctx.Done()
		return fmt.Errorf("%s %s: %w", op, key, ctx.Err())
	case Fail:
		return fmt.Errorf("%s %s (call %d): %w", op, key, n, ErrInjected)
	case Lost:
		if err := effect(); err != nil {
			return err
		}
		return fmt.Errorf("%s %s (call %d, after its effect): %w", op, key, n, ErrInjected)
	default:
		return effect()
	}
}

func (s *Store) next(op Op, key string) (int, Fault) {
	s.mu.Lock()
	s.total++
	s.count[op]++
	n := s.total
	s.mu.Unlock()
	return n, s.hook(op, key, n)
}

// Open implements store.Store.
func (s *Store) Open(ctx context.Context, key string) (o store.Object, err error) {
	err = s.do(ctx, Open, key, func() (err error) {
		o, err = s.inner.Open(ctx, key)
		return err
	})
	if err != nil && o != nil {
		o.Close()
		o = nil
	}
	return o, err
}

// Put implements store.Store.
func (s *Store) Put(ctx context.Context, key string, b store.Blob) (info store.Info, err error) {
	err = s.do(ctx, Put, key, func() (err error) {
		info, err = s.inner.Put(ctx, key, b)
		return err
	})
	if err != nil {
		info = store.Info{}
	}
	return info, err
}

// errStopped ends a list whose reader has seen enough.
var errStopped = errors.New("reader stopped")

// List implements store.Store.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[store.Info, error] {
	return func(yield func(store.Info, error) bool) {
		err := s.do(ctx, List, prefix, func() error {
			for info, err := range s.inner.List(ctx, prefix) {
				if err != nil {
					return err
				}
				if !yield(info, nil) {
					return errStopped
				}
			}
			return nil
		})
		if err != nil && err != errStopped {
			yield(store.Info{}, err)
		}
	}
}

// Delete implements store.Store.
func (s *Store) Delete(ctx context.Context, key string) error {
	return s.do(ctx, Delete, key, func() error { return s.inner.Delete(ctx, key) })
}

// Copy implements store.Copier, whether or not the wrapped store does.
func (s *Store) Copy(ctx context.Context, from, to string) error {
	return s.do(ctx, Copy, to, func() error { return store.Copy(ctx, s.inner, from, to) })
}

// Replace implements store.Replacer; the wrapped store must do so too.
func (s *Store) Replace(ctx context.Context, key string, b store.Blob) error {
	inner, ok := s.inner.(store.Replacer)
	if !ok {
		return fmt.Errorf("replace %s: the wrapped store replaces nothing", key)
	}
	return s.do(ctx, Replace, key, func() error { return inner.Replace(ctx, key, b) })
}
