package curate

import (
	"cmp"
	"fmt"
	"iter"
	"strconv"

	"pairmill/schemas"
)

// Reduction is where Reduce puts its results. Each function may be called many times.
type Reduction struct {
	Winner    func(schemas.WinnerRow) error    // an image that none had before; in the order of its hash
	Duplicate func(schemas.DuplicateRow) error // a row whose bytes won elsewhere; in the order of its hash
}

// CompareHashes is the order of hash runs: equal images stand together, the smallest id first.
func CompareHashes(a, b schemas.HashRow) int {
	return cmp.Or(cmp.Compare(a.SHA256, b.SHA256), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Part, b.Part), cmp.Compare(a.Row, b.Row))
}

// CompareIndex is the order of index runs.
func CompareIndex(a, b schemas.IndexRow) int { return cmp.Compare(a.SHA256, b.SHA256) }

// Reduce picks the winners among a group's images: for each distinct sha256, the id that won in an earlier group
// (index, sorted by sha256), else the first row of rows (sorted by CompareHashes). All other rows point at the winner.
// seed is that of the global shuffle, in whose order duplicates will be looked up. Memory: one row of each input.
func Reduce(group string, seed uint64, rows iter.Seq2[schemas.HashRow, error], index iter.Seq2[schemas.IndexRow, error], out Reduction) error {
	next, stop := iter.Pull2(index)
	defer stop()
	won := cursor[schemas.IndexRow]{next: next}
	var winner schemas.IndexRow
	for row, err := range rows {
		if err != nil {
			return err
		}
		if row.SHA256 == winner.SHA256 {
			if err := duplicate(group, seed, row, winner.ID, out); err != nil {
				return err
			}
			continue
		}
		earlier, found, err := won.seek(func(x schemas.IndexRow) int { return cmp.Compare(x.SHA256, row.SHA256) })
		if err != nil {
			return err
		}
		if found {
			winner = earlier
			err = duplicate(group, seed, row, winner.ID, out)
		} else {
			winner = schemas.IndexRow{SHA256: row.SHA256, ID: row.ID}
			err = out.Winner(schemas.WinnerRow{Part: row.Part, Row: row.Row, ID: row.ID, SHA256: row.SHA256})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func duplicate(group string, seed uint64, row schemas.HashRow, winner string, out Reduction) error {
	id, err := schemas.ParseID(winner)
	if err != nil {
		return err
	}
	return out.Duplicate(schemas.DuplicateRow{
		Order: Order(id, seed), Winner: winner, ID: row.ID, Group: group, Part: row.Part, Row: row.Row,
		URL: row.URL, Captions: row.Captions,
	})
}

// Order is the text form of an id's place in the global shuffle.
func Order(id schemas.ID, seed uint64) string { return fmt.Sprintf("%x", id.Shuffle(seed)) }

// CompareDuplicates is the order of duplicate runs.
func CompareDuplicates(a, b schemas.DuplicateRow) int {
	return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Group, b.Group),
		cmp.Compare(a.Part, b.Part), cmp.Compare(a.Row, b.Row))
}

// CompareWinners is the order of winner runs.
func CompareWinners(a, b schemas.WinnerRow) int {
	return cmp.Or(cmp.Compare(a.Part, b.Part), cmp.Compare(a.Row, b.Row))
}

// CompareSelected is the order of selections: the global shuffle.
func CompareSelected(a, b schemas.SelectedRow) int { return cmp.Compare(a.Order, b.Order) }

// Bucket returns which of the buckets an image's hash belongs to: equal images always share one.
func Bucket(sha256 string, buckets int) int {
	if buckets < 2 || len(sha256) < 8 {
		return 0
	}
	n, err := strconv.ParseUint(sha256[:8], 16, 32)
	if err != nil {
		return 0
	}
	return int(n * uint64(buckets) >> 32)
}
