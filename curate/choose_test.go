package curate

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pairmill/schemas"
)

func sample(order string, similarity float32, texts ...string) schemas.SelectedRow {
	s := schemas.SelectedRow{Order: order, Similarity: similarity, ImageEmbedding: []float32{1},
		Sample: schemas.Row{ID: "id-" + order, URL: "http://x.test/" + order}}
	for _, text := range texts {
		s.Sample.Captions = append(s.Sample.Captions, schemas.Caption{Text: text})
	}
	return s
}

func copyOf(order, url string, texts ...string) schemas.DuplicateRow {
	d := schemas.DuplicateRow{Order: order, URL: url}
	for _, text := range texts {
		d.Captions = append(d.Captions, schemas.Caption{Text: text})
	}
	return d
}

func texts(s schemas.SelectedRow) string {
	var out []string
	for _, c := range s.Sample.Captions {
		out = append(out, c.Text)
	}
	return strings.Join(out, "|")
}

func TestChoose(t *testing.T) {
	t.Parallel()
	bare := sample("c", 0, "no vectors")
	bare.ImageEmbedding = nil
	for _, c := range []struct {
		name       string
		chooser    Chooser
		selected   []schemas.SelectedRow
		duplicates []schemas.DuplicateRow
		kept       []string // order: captions
		dropped    []string // id: reason, detail
	}{
		{name: "nothing"},
		{name: "captions of duplicates follow, distinct and sorted", selected: []schemas.SelectedRow{sample("a", 1, "m", "x"), sample("b", 1, "one")},
			duplicates: []schemas.DuplicateRow{copyOf("a", "", "z", "m"), copyOf("a", "", "c", "x")},
			kept:       []string{"a: m|c|x|z", "b: one"}},
		{name: "duplicates of what was not selected are passed", selected: []schemas.SelectedRow{sample("b", 1, "t"), sample("d", 1, "t")},
			duplicates: []schemas.DuplicateRow{copyOf("a", "", "x"), copyOf("c", "", "x"), copyOf("d", "", "y"), copyOf("e", "", "x")},
			kept:       []string{"b: t", "d: t|y"}},
		{name: "similarity", chooser: Chooser{MinSimilarity: 0.5}, selected: []schemas.SelectedRow{sample("a", 0.4999, "t"), sample("b", 0.5, "t"), bare},
			kept: []string{"b: t", "c: no vectors"}, dropped: []string{"id-a: low_similarity, similarity 0.4999, curate.min_similarity is 0.5"}},
		{name: "opt-out of the sample's own URL", chooser: Chooser{OptOuts: map[string]string{"http://x.test/a": "noai"}},
			selected: []schemas.SelectedRow{sample("a", 1, "t"), sample("b", 1, "t")}, kept: []string{"b: t"}, dropped: []string{"id-a: optout_page, noai"}},
		{name: "opt-out of a duplicate's URL", chooser: Chooser{OptOuts: map[string]string{"u2": "noimageai"}}, selected: []schemas.SelectedRow{sample("a", 1, "t")},
			duplicates: []schemas.DuplicateRow{copyOf("a", "u1", "x"), copyOf("a", "u2", "y"), copyOf("a", "u3", "z")}, dropped: []string{"id-a: optout_page, noimageai"}},
		{name: "opt-out wins over similarity", chooser: Chooser{MinSimilarity: 1, OptOuts: map[string]string{"http://x.test/a": "noai"}},
			selected: []schemas.SelectedRow{sample("a", 0, "t")}, dropped: []string{"id-a: optout_page, noai"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var kept, dropped []string
			err := c.chooser.Choose(seq(c.selected), seq(c.duplicates), Choice{
				Keep: func(s schemas.SelectedRow) error { kept = append(kept, s.Order+": "+texts(s)); return nil },
				Drop: func(d schemas.DecisionRow) error {
					dropped = append(dropped, d.ID+": "+d.Reason+", "+d.Detail)
					return nil
				},
			})
			if err != nil || !slices.Equal(kept, c.kept) || !slices.Equal(dropped, c.dropped) {
				t.Errorf("kept %q, dropped %q, %v; want %q and %q", kept, dropped, err, c.kept, c.dropped)
			}
		})
	}
}

// Captions of duplicates are added to a copy: the caller's rows stay as they are.
func TestChooseChangesNothingOfItsInput(t *testing.T) {
	t.Parallel()
	captions := append(make([]schemas.Caption, 0, 8), schemas.Caption{Text: "own"})
	in := sample("a", 1)
	in.Sample.Captions = captions
	out := Choice{Keep: func(schemas.SelectedRow) error { return nil }}
	if err := (Chooser{}).Choose(seq([]schemas.SelectedRow{in}), seq([]schemas.DuplicateRow{copyOf("a", "", "other")}), out); err != nil {
		t.Fatal(err)
	}
	if got := captions[:2]; !reflect.DeepEqual(got, []schemas.Caption{{Text: "own"}, {}}) {
		t.Errorf("the input's memory holds %v", got)
	}
}

func TestChooseFails(t *testing.T) {
	t.Parallel()
	bad := errors.New("bad")
	one := seq([]schemas.SelectedRow{sample("a", 1, "t")})
	none := seq[schemas.DuplicateRow](nil)
	keep := Choice{Keep: func(schemas.SelectedRow) error { return nil }}
	for name, err := range map[string]error{
		"selection":  Chooser{}.Choose(broken[schemas.SelectedRow](bad), none, keep),
		"duplicates": Chooser{}.Choose(one, broken[schemas.DuplicateRow](bad), keep),
		"keep":       Chooser{}.Choose(one, none, Choice{Keep: func(schemas.SelectedRow) error { return bad }}),
		"drop":       Chooser{MinSimilarity: 2}.Choose(one, none, Choice{Drop: func(schemas.DecisionRow) error { return bad }}),
	} {
		if !errors.Is(err, bad) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
