package schemas

import (
	"errors"
	"fmt"
)

// Repair is the numbered, create-only record of a repair that has replaced a fetch's commit record, written before that: what
// could not be had again, and what the record said.
type Repair struct {
	Version int       `json:"v"`
	Number  int       `json:"number"`
	Program string    `json:"program"`        // the version of the program that repaired
	Damaged []Object  `json:"damaged"`        // what the record named and is not there any more
	Lost    []LostRow `json:"lost,omitempty"` // rows that are dropped for Damaged since
	Before  Commit    `json:"before"`         // the record that was replaced
	After   Hash      `json:"after"`          // Check of the one in its place
	Sum     Hash      `json:"check"`          // see Seal
}

// LostRow is a row whose picture could not be had again.
type LostRow struct {
	Row    int    `json:"row"` // of the shard's table, from 0
	ID     string `json:"id"`
	URL    string `json:"url"`
	Detail string `json:"detail"` // what came when it was asked for
}

// Seal returns what Sum must be, as for a Commit.
func (r Repair) Seal() (Hash, error) {
	r.Sum = Hash{}
	return seal(r)
}

// Check refuses a record that this program cannot read, or that does not have the number under which it stands.
func (r Repair) Check(number int) error {
	switch {
	case r.Version != Version:
		return fmt.Errorf("repair of schema version %d: this program reads version %d", r.Version, Version)
	case r.Number != number:
		return fmt.Errorf("repair of number %d stands at %d", r.Number, number)
	}
	if sum, err := r.Seal(); err != nil || sum != r.Sum {
		return errors.New("its content does not match its check")
	}
	return nil
}
