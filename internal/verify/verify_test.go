package verify_test

import (
	"bytes"
	"context"
	"io"
	"iter"
	"strings"
	"sync"
	"testing"

	"pairmill/internal/specfile"
	"pairmill/internal/verify"
	"pairmill/store"
	"pairmill/store/mem"
	"pairmill/workers/workerstest"
)

var cfg = verify.Config{ReadSpec: specfile.Parse}

const version = "datasets/small/v0001/"

// shared is one finished run for all tests that only read it.
var shared struct {
	sync.Once
	store store.Store
}

// finished returns a run and its dataset. Nothing may be written to it.
func finished(t *testing.T) store.Store {
	t.Helper()
	shared.Do(func() { shared.store = finish(t) })
	if shared.store == nil {
		t.Fatal("the run did not finish")
	}
	return shared.store
}

// finish makes a run and its dataset.
func finish(t *testing.T) store.Store {
	t.Helper()
	site := workerstest.Site(t)
	s := mem.New()
	if err := (workerstest.Pipeline{Store: s, Spec: workerstest.Spec(site, "")}).Drive(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// damaged is a store in which some objects are not what they were. nil content is an object that is gone.
type damaged struct {
	store.Store
	objects map[string][]byte
}

func damage(s store.Store, key string, content []byte) damaged {
	return damaged{s, map[string][]byte{key: content}}
}

type changed struct {
	*bytes.Reader
	info store.Info
}

func (o changed) Info() store.Info { return o.info }
func (o changed) Close() error     { return nil }

func (d damaged) Open(ctx context.Context, key string) (store.Object, error) {
	content, ok := d.objects[key]
	switch {
	case !ok:
		return d.Store.Open(ctx, key)
	case content == nil:
		return nil, store.ErrNotExist
	}
	return changed{bytes.NewReader(content), store.Info{Key: key, Size: int64(len(content))}}, nil
}

func (d damaged) List(ctx context.Context, prefix string) iter.Seq2[store.Info, error] {
	return func(yield func(store.Info, error) bool) {
		for info, err := range d.Store.List(ctx, prefix) {
			if content, ok := d.objects[info.Key]; ok {
				if content == nil {
					continue
				}
				info.Size = int64(len(content))
			}
			if !yield(info, err) {
				return
			}
		}
	}
}

// read returns a copy of an object.
func read(t *testing.T, s store.Store, key string) []byte {
	t.Helper()
	o, err := s.Open(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	data, err := io.ReadAll(o)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func keys(t *testing.T, s store.Store, prefix string) []string {
	t.Helper()
	var out []string
	for info, err := range s.List(t.Context(), prefix) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, info.Key)
	}
	return out
}

func collect(t *testing.T, seq iter.Seq2[verify.Finding, error]) []verify.Finding {
	t.Helper()
	var out []verify.Finding
	for f, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, f)
	}
	return out
}

func TestNothingToFind(t *testing.T) {
	t.Parallel()
	s := finished(t)
	for name, seq := range map[string]iter.Seq2[verify.Finding, error]{
		"store":   verify.Store(t.Context(), s, cfg),
		"run":     verify.Run(t.Context(), s, workerstest.Run, cfg),
		"dataset": verify.Dataset(t.Context(), s, version, cfg),
	} {
		for _, f := range collect(t, seq) {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if n := len(keys(t, s, version)); n < 10 {
		t.Errorf("the dataset has %d objects: there was nothing to check", n)
	}
}

// below is a store's objects below a prefix as a store of their own.
type below struct {
	store.Store
	prefix string
}

func (b below) Open(ctx context.Context, key string) (store.Object, error) {
	return b.Store.Open(ctx, b.prefix+key)
}

func (b below) List(ctx context.Context, prefix string) iter.Seq2[store.Info, error] {
	return func(yield func(store.Info, error) bool) {
		for info, err := range b.Store.List(ctx, b.prefix+prefix) {
			info.Key = strings.TrimPrefix(info.Key, b.prefix)
			if !yield(info, err) {
				return
			}
		}
	}
}

func contextEnded(t *testing.T) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx, cancel
}
