// Package loopback names the addresses on which the benchmark's server listens.
package loopback

import "fmt"

// Address is the i-th host's, 127.0.1.1 and on.
func Address(i int) string { return fmt.Sprintf("127.0.%d.%d", 1+i/250, 1+i%250) }
