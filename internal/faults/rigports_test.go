package faults

import (
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
)

// ports are those that tests have chosen. They lie below the range from which the kernel takes the ports of connections, or
// a server that was killed might find its port taken when it starts again.
var ports struct {
	mu    sync.Mutex
	taken map[int]bool
}

// freeAddr is an address on loopback on which nobody listens.
func freeAddr(t *testing.T) string {
	t.Helper()
	ports.mu.Lock()
	defer ports.mu.Unlock()
	for range 1000 {
		n := 18_000 + rand.IntN(14_000)
		if ports.taken[n] {
			continue
		}
		addr := fmt.Sprintf("127.0.0.1:%d", n)
		l, err := net.Listen("tcp", addr)
		if err != nil {
			continue
		}
		_ = l.Close()
		if ports.taken == nil {
			ports.taken = map[int]bool{}
		}
		ports.taken[n] = true
		return addr
	}
	t.Fatal("no free port")
	return ""
}
