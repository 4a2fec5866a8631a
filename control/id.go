package control

import (
	"crypto/rand"
	"encoding/hex"

	"pairmill/cluster"
)

// newID names a process among the members of a cluster, by its role and at random: a process that is started again is
// another member, whatever its host is called.
func newID(role cluster.Role) string {
	b := make([]byte, 5)
	_, _ = rand.Read(b) // never fails
	return string(role) + "-" + hex.EncodeToString(b)
}
