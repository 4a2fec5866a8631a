package verify

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"iter"

	"pairmill/internal/extsort"
	"pairmill/schemas"
)

// Kinds of facts about an id, in the order of the data.
const (
	isKept int32 = iota // by fetch
	isWinner
	isDuplicate
	isEmbedded
	isSelected
	isDecided
	isPlaced // in a publish part
	kinds
)

var kindName = [kinds]string{"kept row", "winner", "duplicate", "vectors", "selected row", "decision", "published row"}

// fact is what one table says of one row that fetch kept. Empty strings say nothing.
type fact struct {
	ID      string `parquet:"id"`
	Kind    int32  `parquet:"kind"`
	Object  string `parquet:"object"`
	Row     int64  `parquet:"row"`
	SHA256  string `parquet:"sha256"`
	Source  string `parquet:"source"`  // group/part/row
	Sample  string `parquet:"sample"`  // hash of the row, captions of duplicates left out
	Vectors string `parquet:"vectors"` // hash of vectors and similarity
	Key     string `parquet:"key"`
	Reason  string `parquet:"reason"`
	Winner  string `parquet:"winner"`
}

func (f *fact) at() at { return at{f.Object, f.Row, f.ID} }

const factSize = 700

func compareByID(a, b fact) int {
	return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Object, b.Object), cmp.Compare(a.Row, b.Row))
}

// compareByHash puts the winner first among equal images.
func compareByHash(a, b fact) int {
	return cmp.Or(cmp.Compare(a.SHA256, b.SHA256), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
}

// joins collects the facts of a run, to be joined by id and by image.
type joins struct {
	byID, byHash *extsort.Sorter[fact]
	repeats      bool // the run has a list, in which an id may stand more than once
}

func newJoins(c *checker) *joins {
	return &joins{byID: sorter(c, compareByID), byHash: sorter(c, compareByHash)}
}

func (j *joins) close() {
	j.byID.Close()
	j.byHash.Close()
}

func (j *joins) add(f fact) error { return j.byID.Add(f, factSize) }

func source(group, part string, row int64) string { return fmt.Sprintf("%s/%s/%d", group, part, row) }

func sampleSum(r schemas.Row) (string, error) {
	r.Captions = r.Captions[:min(1, len(r.Captions))]
	data, err := json.Marshal(r)
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:16]), err
}

func vectorsSum(image, text []float32, similarity float32) string {
	if len(image) == 0 && similarity == 0 {
		return ""
	}
	h := sha256.New()
	vectorSum(h, image, text, similarity)
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func (j *joins) table(job schemas.Job, object string, i int64, r *schemas.Row) error {
	if !r.Kept() {
		return nil
	}
	sum, err := sampleSum(*r)
	if err != nil {
		return err
	}
	return j.add(fact{ID: r.ID, Kind: isKept, Object: object, Row: i, SHA256: r.SHA256, Source: source(job.Group, job.Name, i), Sample: sum})
}

func (j *joins) winner(group, object string, i int64, w schemas.WinnerRow) error {
	f := fact{ID: w.ID, Kind: isWinner, Object: object, Row: i, SHA256: w.SHA256, Source: source(group, w.Part, int64(w.Row))}
	if err := j.byHash.Add(f, factSize); err != nil {
		return err
	}
	return j.add(f)
}

func (j *joins) selected(kind int32, object string, i int64, s schemas.SelectedRow) error {
	sum, err := sampleSum(s.Sample)
	if err != nil {
		return err
	}
	return j.add(fact{ID: s.Sample.ID, Kind: kind, Object: object, Row: i, SHA256: s.Sample.SHA256, Sample: sum, Key: s.Key,
		Vectors: vectorsSum(s.ImageEmbedding, s.TextEmbedding, s.Similarity)})
}

// groups yields the runs of facts that same holds for. A group of more than a few facts is itself damage.
func groups(facts iter.Seq2[fact, error], same func(a, b fact) bool) iter.Seq2[[]fact, error] {
	return func(yield func([]fact, error) bool) {
		var group []fact
		for f, err := range facts {
			if err != nil {
				yield(nil, err)
				return
			}
			if len(group) > 0 && !same(group[0], f) {
				if !yield(group, nil) {
					return
				}
				group = group[:0]
			}
			group = append(group, f)
		}
		if len(group) > 0 {
			yield(group, nil)
		}
	}
}

// check joins everything.
func (j *joins) check(ctx context.Context, c *checker, over bool, lost func(source string) bool) error {
	for group, err := range groups(j.byID.Sorted(ctx), func(a, b fact) bool { return a.ID == b.ID }) {
		if err != nil || c.err != nil {
			return err
		}
		rows := [][]fact{group}
		if j.repeats && (c.gaps || len(group) > 1 && group[1].Kind == isKept) {
			rows = apart(group)
		}
		for _, row := range rows {
			s := state{c: c, over: over, lost: lost}
			s.check(row)
			if err := s.toHash(j.byHash); err != nil {
				return err
			}
		}
	}
	return c.equalImages(j.byHash.Sorted(ctx))
}

// equalImages checks that one of equal images won and the others point at it. The winner comes first.
func (c *checker) equalImages(facts iter.Seq2[fact, error]) error {
	var first fact
	for f, err := range facts {
		switch {
		case err != nil || c.err != nil:
			return err
		case f.SHA256 != first.SHA256:
			first = f
			if f.Kind != isWinner && !c.gaps {
				c.reportAt(f.at(), State, "winner", "one among equal images", "none")
			}
		case f.Kind == isWinner:
			c.reportAt(f.at(), State, "winner", first.ID+" alone", f.ID)
		case first.Kind == isWinner:
			agree(c, first.at(), f.at(), State, "winner", first.ID, f.Winner)
		}
	}
	return nil
}
