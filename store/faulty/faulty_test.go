package faulty_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"pairmill/store"
	"pairmill/store/faulty"
	"pairmill/store/mem"
	"pairmill/store/storetest"
)

func TestStoreWithoutFaults(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) store.Store { return faulty.New(mem.New(), nil) })
}

// ops are one call each on a store that holds "old", with what each leaves behind when it takes effect.
var ops = map[faulty.Op]struct {
	call   func(context.Context, store.Store) error
	effect []string
}{
	faulty.Open: {func(ctx context.Context, s store.Store) error {
		o, err := s.Open(ctx, "old")
		if err != nil && o != nil {
			return errors.New("an object came with the error")
		}
		return err
	}, []string{"old"}},
	faulty.Put: {func(ctx context.Context, s store.Store) error {
		info, err := s.Put(ctx, "new", store.Bytes(nil))
		if err != nil && info != (store.Info{}) {
			return errors.New("an info came with the error")
		}
		return err
	}, []string{"new", "old"}},
	faulty.List: {func(ctx context.Context, s store.Store) (last error) {
		for _, err := range s.List(ctx, "") {
			last = err
		}
		return last
	}, []string{"old"}},
	faulty.Delete: {func(ctx context.Context, s store.Store) error { return s.Delete(ctx, "old") }, nil},
	faulty.Copy: {func(ctx context.Context, s store.Store) error { return store.Copy(ctx, s, "old", "new") },
		[]string{"new", "old"}},
}

func contents(t *testing.T, s store.Store) (keys []string) {
	for info, err := range s.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, info.Key)
	}
	return keys
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for op, c := range ops {
		for _, f := range append(faulty.Faults(), faulty.None) {
			t.Run(string(op)+" "+f.String(), func(t *testing.T) {
				inner := mem.New()
				if _, err := inner.Put(t.Context(), "old", store.Bytes(nil)); err != nil {
					t.Fatal(err)
				}
				s := faulty.New(inner, faulty.At(1, f))
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if f == faulty.Hang {
					cancel()
				}
				err := c.call(ctx, s)
				want := map[faulty.Fault]error{faulty.Fail: faulty.ErrInjected, faulty.Lost: faulty.ErrInjected, faulty.Hang: context.Canceled}[f]
				if !errors.Is(err, want) {
					t.Errorf("error %v, want %v", err, want)
				}
				effect := []string{"old"}
				if f == faulty.Lost || f == faulty.None {
					effect = c.effect
				}
				if got := contents(t, inner); !slices.Equal(got, effect) {
					t.Errorf("left behind %q, want %q", got, effect)
				}
				if s.Calls() != 1 || s.Count(op) != 1 {
					t.Errorf("counted %d calls, %d of %s", s.Calls(), s.Count(op), op)
				}
			})
		}
	}
}

func TestHangLastsUntilTheContextEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := faulty.New(mem.New(), faulty.At(1, faulty.Hang))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Delete(ctx, "k") }()
		synctest.Wait()
		select {
		case err := <-done:
			t.Errorf("returned early: %v", err)
		default:
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want context.Canceled", err)
		}
	})
}

// The lost answer of a list comes after everything; a reader that leaves early is not told.
func TestLostListYieldsEverything(t *testing.T) {
	t.Parallel()
	inner := mem.New()
	for _, k := range []string{"a", "b", "c"} {
		if _, err := inner.Put(t.Context(), k, store.Bytes(nil)); err != nil {
			t.Fatal(err)
		}
	}
	s := faulty.New(inner, func(faulty.Op, string, int) faulty.Fault { return faulty.Lost })
	var got []string
	for info, err := range s.List(t.Context(), "") {
		if err != nil {
			got = append(got, "error")
		} else {
			got = append(got, info.Key)
		}
	}
	if !slices.Equal(got, []string{"a", "b", "c", "error"}) {
		t.Errorf("got %q", got)
	}
	for range s.List(t.Context(), "") {
		break
	}
}
