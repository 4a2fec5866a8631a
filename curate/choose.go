package curate

import (
	"cmp"
	"fmt"
	"iter"
	"slices"

	"pairmill/schemas"
)

// Choice is where Choose puts its results, in the order of the global shuffle.
type Choice struct {
	Keep func(schemas.SelectedRow) error // Captions of the sample hold those of its duplicates too, distinct and sorted
	Drop func(schemas.DecisionRow) error
}

// Chooser decides over samples that won their image.
type Chooser struct {
	MinSimilarity float64
	// OptOuts maps a picture's URL to the words of a page that forbids its use. The strictest word wins: an image that
	// stands at any such URL is dropped, wherever else it stands.
	OptOuts map[string]string
}

// Choose merges the selected samples with the rows that point at them (both in the order of the global shuffle) and
// decides. Memory: one sample and its duplicates.
func (c Chooser) Choose(selected iter.Seq2[schemas.SelectedRow, error], duplicates iter.Seq2[schemas.DuplicateRow, error], out Choice) error {
	next, stop := iter.Pull2(duplicates)
	defer stop()
	dups := cursor[schemas.DuplicateRow]{next: next}
	for s, err := range selected {
		if err != nil {
			return err
		}
		if err := c.one(s, &dups, out); err != nil {
			return err
		}
	}
	return nil
}

func (c Chooser) one(s schemas.SelectedRow, dups *cursor[schemas.DuplicateRow], out Choice) error {
	optOut := c.OptOuts[s.Sample.URL]
	captions := s.Sample.Captions
	for {
		d, found, err := dups.seek(func(d schemas.DuplicateRow) int { return cmp.Compare(d.Order, s.Order) })
		if err != nil {
			return err
		}
		if !found {
			break
		}
		captions = append(captions[:len(captions):len(captions)], d.Captions...)
		optOut = cmp.Or(optOut, c.OptOuts[d.URL])
		dups.pass()
	}
	if reason, detail := c.reason(s, optOut); reason != schemas.Kept {
		return out.Drop(schemas.DecisionRow{ID: s.Sample.ID, Reason: string(reason), Detail: detail})
	}
	s.Sample.Captions = distinct(captions)
	return out.Keep(s)
}

func (c Chooser) reason(s schemas.SelectedRow, optOut string) (schemas.Reason, string) {
	switch {
	case optOut != "":
		return schemas.OptOutPage, optOut
	case (s.Encoder != "" || len(s.ImageEmbedding) > 0) && float64(s.Similarity) < c.MinSimilarity:
		return schemas.LowSimilarity, fmt.Sprintf("similarity %.4f, curate.min_similarity is %g", s.Similarity, c.MinSimilarity)
	}
	return schemas.Kept, ""
}

// distinct keeps the first caption, which the sample's id and text vector were made from, at its place, and sorts
// the others behind it.
func distinct(captions []schemas.Caption) []schemas.Caption {
	if len(captions) < 2 {
		return captions
	}
	rest := slices.Clone(captions[1:])
	slices.SortFunc(rest, compareCaptions)
	out := captions[:1:1]
	for _, c := range rest {
		if c != captions[0] && c != out[len(out)-1] {
			out = append(out, c)
		}
	}
	return out
}

func compareCaptions(a, b schemas.Caption) int {
	return cmp.Or(cmp.Compare(a.Text, b.Text), cmp.Compare(a.Language, b.Language),
		cmp.Compare(a.Source, b.Source), cmp.Compare(a.Generator, b.Generator))
}
