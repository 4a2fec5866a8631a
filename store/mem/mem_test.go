package mem_test

import (
	"testing"

	"pairmill/store"
	"pairmill/store/mem"
	"pairmill/store/storetest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) store.Store { return mem.New() })
}
