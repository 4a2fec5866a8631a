package metrics

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"pairmill/store"
)

// storage is how a store answers.
type storage struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

func newStorage() storage {
	return storage{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "pairmill_store_requests_total",
			Help: "Calls to the store by op (open, read, put, copy, list, delete) and outcome (ok, absent, conflict, error). A call may be several requests: pages of a list, retries.",
		}, []string{"op", "outcome"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "pairmill_store_seconds", Help: "Time of a call to the store by op (open, read, put, copy, list, delete), retries included.",
			Buckets: []float64{0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60}, // from a local disk to a server that is being outlasted
		}, []string{"op"}),
	}
}

func (s storage) all() []prometheus.Collector { return []prometheus.Collector{s.requests, s.seconds} }

// observe notes a call that began at a time. An end of a file is no failure.
func (s storage) observe(op string, began time.Time, err error) {
	outcome := "error"
	switch {
	case err == nil, errors.Is(err, io.EOF):
		outcome = "ok"
	case errors.Is(err, store.ErrNotExist):
		outcome = "absent"
	case errors.Is(err, store.ErrConflict):
		outcome = "conflict"
	}
	s.requests.WithLabelValues(op, outcome).Inc()
	s.seconds.WithLabelValues(op).Observe(time.Since(began).Seconds())
}

// Store measures every call to a store. What it can do beyond store.Store is kept if it is a store.Copier.
func (s *Set) Store(inner store.Store) store.Store {
	m := measured{inner, s.store}
	if c, ok := inner.(store.Copier); ok {
		return copying{m, c}
	}
	return m
}

type measured struct {
	inner store.Store
	to    storage
}

var (
	_ store.Store  = measured{}
	_ store.Copier = copying{}
)

func (m measured) Open(ctx context.Context, key string) (store.Object, error) {
	began := time.Now()
	o, err := m.inner.Open(ctx, key)
	m.to.observe("open", began, err)
	if err != nil {
		return nil, err
	}
	return object{o, m.to}, nil
}

func (m measured) Put(ctx context.Context, key string, b store.Blob) (store.Info, error) {
	began := time.Now()
	info, err := m.inner.Put(ctx, key, b)
	m.to.observe("put", began, err)
	return info, err
}

// List measures until the caller has what it wanted, its own work left out.
func (m measured) List(ctx context.Context, prefix string) iter.Seq2[store.Info, error] {
	return func(yield func(store.Info, error) bool) {
		began, failed := time.Now(), error(nil)
		for info, err := range m.inner.List(ctx, prefix) {
			failed = err
			paused := time.Now()
			more := yield(info, err)
			began = began.Add(time.Since(paused))
			if !more {
				break
			}
		}
		m.to.observe("list", began, failed)
	}
}

func (m measured) Delete(ctx context.Context, key string) error {
	began := time.Now()
	err := m.inner.Delete(ctx, key)
	m.to.observe("delete", began, err)
	return err
}

type copying struct {
	measured
	copier store.Copier
}

func (c copying) Copy(ctx context.Context, from, to string) error {
	began := time.Now()
	err := c.copier.Copy(ctx, from, to)
	c.to.observe("copy", began, err)
	return err
}

// object measures reads at an offset, each of which is a request on object storage. A stream is one request, its Open.
type object struct {
	store.Object
	to storage
}

func (o object) ReadAt(p []byte, off int64) (int, error) {
	began := time.Now()
	n, err := o.Object.ReadAt(p, off)
	o.to.observe("read", began, err)
	return n, err
}
