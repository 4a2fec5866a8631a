package verify_test

import (
	"sync"
	"testing"

	"pairmill/store"
)

// library keeps stores that several tests read, each made for the first that asks for it.
type library struct {
	mu     sync.Mutex
	stores map[string]store.Store
}

func (x *library) get(t *testing.T, name string, make func(*testing.T, string) store.Store) store.Store {
	t.Helper()
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.stores == nil {
		x.stores = map[string]store.Store{}
	}
	if x.stores[name] == nil {
		x.stores[name] = make(t, name)
	}
	return x.stores[name]
}
