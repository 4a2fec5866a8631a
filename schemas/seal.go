package schemas

import (
	"crypto/sha256"
	"encoding/json"
)

// Seal returns what Check must be: the sha256 of the record's JSON with a zero Check. Nothing else in a store could
// contradict a changed byte of a record, since the record is what everything else is held against.
func (c Commit) Seal() (Hash, error) {
	c.Check = Hash{}
	return seal(c)
}

// Seal returns what Check must be, as for a Commit.
func (q Quarantine) Seal() (Hash, error) {
	q.Check = Hash{}
	return seal(q)
}

func seal(v any) (Hash, error) {
	data, err := json.Marshal(v)
	return sha256.Sum256(data), err
}
