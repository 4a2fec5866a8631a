// Package content computes the content manifest: the final state of every row of a run, which must not depend on crashes, on the
// number of workers or on their order.
package content

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"io"
	"iter"

	"pairmill/internal/extsort"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
	"pairmill/store/table"
)

// Line is one row's final state, as the content manifest has it. Two runs over equal answers have equal manifests,
// whatever crashed and however many workers there were.
type Line struct {
	ID          string            `json:"id"`
	SHA256      string            `json:"sha256,omitempty"`
	Captions    []schemas.Caption `json:"captions"`
	Reason      string            `json:"reason,omitempty"`
	DuplicateOf string            `json:"duplicate_of,omitempty"`
}

// lineSize is about what a Line occupies beside its captions.
const lineSize = 300

// Manifest computes the sha256 of a run's content manifest: one JSON line for each row, sorted by id, reason and hash.
// A row that a later generation asked for again stands there as that generation left it. A list may hold the same pair of
// URL and text more than once: each time is a row of its own.
//
// It covers what has been committed so far by the generations up to one. What is decided over all samples is decided anew in
// each of them: the last one's word counts. The lines go to w as well, unless it is nil.
func Manifest(ctx context.Context, s store.Store, run string, generation int, w io.Writer) (schemas.Hash, error) {
	gens, err := ledger.Generations(ctx, s, run)
	if err != nil {
		return schemas.Hash{}, err
	}
	gens = gens[:min(generation+1, len(gens))]
	lines := extsort.New(compareLines, extsort.Config{})
	duplicates := extsort.New(compareLines, extsort.Config{})
	decisions := extsort.New(compareLines, extsort.Config{})
	defer func() { lines.Close(); duplicates.Close(); decisions.Close() }()
	for rec, err := range ledger.Run(ctx, s, run) {
		if err != nil {
			return schemas.Hash{}, err
		}
		if rec.Job.Generation >= len(gens) {
			continue
		}
		if err := collect(ctx, s, rec, gens, lines, duplicates, decisions); err != nil {
			return schemas.Hash{}, err
		}
	}
	h := sha256.New()
	out := io.Writer(h)
	if w != nil {
		out = io.MultiWriter(h, w)
	}
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	for line, err := range states(lines.Sorted(ctx), duplicates.Sorted(ctx), decisions.Sorted(ctx)) {
		if err != nil {
			return schemas.Hash{}, err
		}
		if err := e.Encode(line); err != nil {
			return schemas.Hash{}, err
		}
	}
	return schemas.Hash(h.Sum(nil)), nil
}

func compareLines(a, b Line) int {
	return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.SHA256, b.SHA256), cmp.Compare(a.DuplicateOf, b.DuplicateOf))
}

// collect takes what one commit record says about rows.
func collect(ctx context.Context, s store.Store, rec schemas.Commit, gens schemas.Generations, lines, duplicates, decisions *extsort.Sorter[Line]) error {
	for _, o := range rec.Objects {
		var err error
		switch {
		case o.Role == schemas.RoleTable && rec.Job.Task == schemas.TaskFetch:
			err = each(ctx, s, o.Key, func(r schemas.Row) error {
				if gens.Superseded(rec.Left(schemas.Reason(r.Reason)), schemas.Reason(r.Reason)) {
					return nil
				}
				return lines.Add(Line{ID: r.ID, SHA256: r.SHA256, Captions: r.Captions, Reason: r.Reason}, sizeOf(r))
			})
		case o.Role == schemas.RoleDuplicates:
			err = each(ctx, s, o.Key, func(d schemas.DuplicateRow) error {
				return duplicates.Add(Line{ID: d.ID, DuplicateOf: d.Winner, Reason: string(schemas.DuplicateImage)}, lineSize)
			})
		case o.Role == schemas.RoleDecisions && rec.Job.Generation == len(gens)-1:
			err = each(ctx, s, o.Key, func(d schemas.DecisionRow) error {
				return decisions.Add(Line{ID: d.ID, Reason: d.Reason}, lineSize)
			})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func sizeOf(r schemas.Row) int64 {
	n := int64(lineSize)
	for _, c := range r.Captions {
		n += int64(len(c.Text)) + 64
	}
	return n
}

// each calls f for every row of a table.
func each[T any](ctx context.Context, s store.Store, key string, f func(T) error) error {
	for row, err := range table.Read[T](ctx, s, key) {
		if err != nil {
			return err
		}
		if err := f(row); err != nil {
			return err
		}
	}
	return nil
}

// states overlays fetch's word on each row with the later stages'. All sequences are sorted by id.
func states(lines, duplicates, decisions iter.Seq2[Line, error]) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		dup, stopDup := newOverlay(duplicates)
		defer stopDup()
		dec, stopDec := newOverlay(decisions)
		defer stopDec()
		for line, err := range lines {
			if err == nil && line.Reason == "" {
				err = overlay(&line, dup, dec)
			}
			if !yield(line, err) || err != nil {
				return
			}
		}
	}
}

// overlay takes the first layer's word that nobody has taken. A duplicate has no decision of its own: one that stands there
// is for the next row with the same id.
func overlay(line *Line, layers ...*layer) error {
	for _, l := range layers {
		over, ok, err := l.take(line.ID)
		if err != nil {
			return err
		}
		if ok {
			line.Reason, line.DuplicateOf = over.Reason, over.DuplicateOf
			return nil
		}
	}
	return nil
}

// layer hands out a sequence sorted by id, each entry once, to rows in ascending order.
type layer struct {
	next  func() (Line, error, bool)
	value Line
	has   bool // value is there and not taken
	ended bool
}

func newOverlay(seq iter.Seq2[Line, error]) (*layer, func()) {
	next, stop := iter.Pull2(seq)
	return &layer{next: next}, stop
}

func (l *layer) take(id string) (Line, bool, error) {
	for !l.ended && (!l.has || l.value.ID < id) {
		v, err, ok := l.next()
		if err != nil {
			return v, false, err
		}
		l.value, l.has, l.ended = v, ok, !ok
	}
	if !l.has || l.value.ID != id {
		return Line{}, false, nil
	}
	l.has = false
	return l.value, true, nil
}
