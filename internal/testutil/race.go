//go:build race

package testutil

// Raced tells whether the race detector is on, with which everything takes about eight times as long: long tables are
// sampled then, and make test runs them whole in a pass without it.
const Raced = true
