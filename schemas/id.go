package schemas

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
)

// ID names a candidate: the first 128 bits of sha256(url, NUL, text), both already normalised. Its text form is 32
// lower-case hexadecimal digits, and as a pair of big-endian 64-bit integers it is DataComp's uid ("u8,u8").
type ID [16]byte

// NewID makes the id of a candidate from its normalised image URL and its normalised first caption.
func NewID(url, text string) ID {
	var space [256]byte // most pairs fit: no allocation
	b := append(space[:0], url...)
	b = append(b, 0)
	b = append(b, text...)
	sum := sha256.Sum256(b)
	return ID(sum[:16])
}

// ParseID reads the text form.
func ParseID(s string) (ID, error) {
	var id ID
	if len(s) != 32 {
		return id, fmt.Errorf("id %q: want 32 hexadecimal digits", s)
	}
	if _, err := hex.Decode(id[:], []byte(s)); err != nil {
		return id, fmt.Errorf("id %q: %w", s, errors.Unwrap(err))
	}
	return id, nil
}

// String returns the text form.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// Halves returns the id as DataComp stores it: the high and the low 64 bits.
func (id ID) Halves() (hi, lo uint64) {
	return binary.BigEndian.Uint64(id[:8]), binary.BigEndian.Uint64(id[8:])
}

// Shuffle places the id in the global shuffle of a dataset: ids sorted by this value are in an order that depends
// on seed and on the ids alone, so it is the same for every run, worker count and input order.
func (id ID) Shuffle(seed uint64) [16]byte {
	var b [24]byte
	binary.BigEndian.PutUint64(b[:8], seed)
	copy(b[8:], id[:])
	sum := sha256.Sum256(b[:])
	return [16]byte(sum[:16])
}

// Hash is a sha256.
type Hash [32]byte

// String returns 64 lower-case hexadecimal digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Short is the prefix used in object keys: 64 bits, enough to tell apart the few contents that can compete for one name.
func (h Hash) Short() string { return hex.EncodeToString(h[:8]) }

// MarshalText writes the text form.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads the text form.
func (h *Hash) UnmarshalText(b []byte) error {
	if len(b) != 64 {
		return fmt.Errorf("sha256 %q: want 64 hexadecimal digits", b)
	}
	_, err := hex.Decode(h[:], b)
	return err
}
