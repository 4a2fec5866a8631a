package repair

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash"
	"strings"

	"pairmill/schemas"
	"pairmill/store"
)

// resealLimit bounds the records of which one bit is looked for, in bytes: the work grows with its square, and is some seconds
// here. A fetch's record has a few thousand.
const resealLimit = 32 << 10

// reseal mends records in which one bit has changed. Nothing repeats what a record says, but its check is the hash of the
// rest, so of all records that differ from it in one bit exactly one has it. mended is how many there were.
func (r *repair) reseal(ctx context.Context) (mended int, err error) {
	for _, key := range r.order {
		folder, _, _ := strings.Cut(strings.TrimPrefix(key, store.Run(r.run)), "/")
		if folder != "commits" && folder != "quarantine" && folder != "repairs" {
			continue
		}
		data, err := store.ReadAll(ctx, r.store, key, resealLimit)
		if err != nil {
			if ctx.Err() != nil {
				return mended, ctx.Err()
			}
			continue // it is missing, or too large: it stays
		}
		whole, ok := unflip(data)
		if !ok || !r.belongs(key, folder, whole) {
			continue
		}
		if !r.cfg.DryRun {
			if err := r.place(ctx, r.found[key], store.Bytes(whole)); err != nil {
				return mended, err
			}
			mended++
		}
		r.tell(Outcome{Object: key, Way: Derived, From: "its own check"})
	}
	return mended, nil
}

// belongs tells whether a record reads as what belongs at its key.
func (r *repair) belongs(key, folder string, data []byte) bool {
	switch folder {
	case "commits":
		var rec schemas.Commit
		return json.Unmarshal(data, &rec) == nil && store.CommitKey(rec.Job) == key
	case "quarantine":
		var q schemas.Quarantine
		return json.Unmarshal(data, &q) == nil && store.QuarantineKey(q.Job) == key
	}
	var rep schemas.Repair
	n, ok := store.NumberOf(key)
	return ok && json.Unmarshal(data, &rep) == nil && rep.Check(n) == nil
}

// checkDigits and checkEnd are how a sealed record ends: with the digits of its check, a quote and a brace.
const (
	checkDigits = 2 * sha256.Size
	checkEnd    = 2
)

// unflip looks for the one bit of a sealed record that has changed.
func unflip(data []byte) (whole []byte, ok bool) {
	at := len(data) - checkEnd - checkDigits
	if at < 0 {
		return nil, false
	}
	var check schemas.Hash
	known := check.UnmarshalText(data[at:at+checkDigits]) == nil
	zero := []byte(strings.Repeat("0", checkDigits))
	rest := append(append(append([]byte{}, data[:at]...), zero...), data[at+checkDigits:]...)
	if sum := sha256.Sum256(rest); different(data[at:at+checkDigits], []byte(hex.EncodeToString(sum[:]))) == 1 {
		copy(rest[at:], hex.EncodeToString(sum[:])) // it is the check that has changed
		return rest, true
	}
	if !known {
		return nil, false
	}
	before := sha256.New() // of what comes before i
	for i := range rest {
		if i < at || i >= at+checkDigits {
			for bit := range 8 {
				rest[i] ^= 1 << bit
				if behind(before, rest[i:]) == check {
					copy(rest[at:], check.String())
					return rest, true
				}
				rest[i] ^= 1 << bit
			}
		}
		before.Write(rest[i : i+1])
	}
	return nil, false
}

// behind is the hash of what came before and of what follows.
func behind(before hash.Hash, rest []byte) (sum schemas.Hash) {
	h, err := before.(hash.Cloner).Clone()
	if err != nil {
		return sum
	}
	h.Write(rest)
	h.Sum(sum[:0])
	return sum
}

// different counts the bytes in which two texts of one length differ.
func different(a, b []byte) (n int) {
	for i := range a {
		if a[i] != b[i] {
			n++
		}
	}
	return n
}
