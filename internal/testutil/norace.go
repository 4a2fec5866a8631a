//go:build !race

package testutil

// Raced tells whether the race detector is on.
const Raced = false
