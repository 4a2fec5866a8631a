package web

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// LaneOf returns the lane, 0 to lanes-1, that a host belongs to. Host is as [fetch.HostKey] writes it, with its port. It
// depends on the two arguments only.
func LaneOf(host string, lanes int) int {
	sum := sha256.Sum256([]byte(host))
	return int(binary.BigEndian.Uint64(sum[:8]) % uint64(max(lanes, 1)))
}

// LaneName names a lane in jobs and keys: "l007".
func LaneName(lane int) string { return fmt.Sprintf("l%03d", lane) }
