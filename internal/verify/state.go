package verify

import (
	"pairmill/internal/extsort"
	"pairmill/schemas"
)

// state checks all that a run says of one id: fetch kept it once; it won or is a duplicate; a winner has vectors, was
// selected and decided on; what was decided to stay was placed. over tells whether the run has ended, so that
// what is not there is missing.
type state struct {
	c    *checker
	over bool
	lost func(source string) bool // its embed was given up

	of [kinds][]fact
}

func (s *state) check(group []fact) {
	for _, f := range group {
		s.of[f.Kind] = append(s.of[f.Kind], f)
	}
	for _, again := range s.of {
		for i := 1; i < len(again); i++ {
			s.c.reportAt(again[i].at(), State, "", "one "+kindName[again[i].Kind], "another")
		}
	}
	if len(s.of[isKept]) == 0 {
		s.orphan(group[0])
		return
	}
	kept := s.of[isKept][0]
	for _, f := range group {
		s.same(kept, f)
	}
	s.vectors()
	if s.over && !s.c.gaps {
		s.counterparts(kept)
	}
}

// orphan reports a row that fetch did not keep.
func (s *state) orphan(f fact) {
	if !s.c.gaps {
		s.c.reportAt(f.at(), State, "", "a row that fetch kept", kindName[f.Kind])
	}
}

// same holds what two tables both say.
func (s *state) same(a, b fact) {
	for _, v := range []struct{ name, a, b string }{{"sha256", a.SHA256, b.SHA256}, {"part, row", a.Source, b.Source}, {"sample", a.Sample, b.Sample}} {
		if v.a != "" && v.b != "" {
			agree(s.c, a.at(), b.at(), Field, v.name, v.a, v.b)
		}
	}
}

// vectors follows vectors and keys along.
func (s *state) vectors() {
	for _, pair := range [][2]int32{{isEmbedded, isSelected}, {isSelected, isPlaced}} {
		a, b := s.of[pair[0]], s.of[pair[1]]
		if len(a) > 0 && len(b) > 0 {
			agree(s.c, a[0].at(), b[0].at(), Vector, "vectors, similarity", a[0].Vectors, b[0].Vectors)
		}
	}
	if d, p := s.of[isDecided], s.of[isPlaced]; len(d) > 0 && len(p) > 0 {
		agree(s.c, d[0].at(), p[0].at(), Key, "key", d[0].Key, p[0].Key)
	}
}

func (s *state) counterparts(kept fact) {
	won, dup := len(s.of[isWinner]) > 0, len(s.of[isDuplicate]) > 0
	if won == dup {
		s.c.reportAt(kept.at(), State, "", "winner or duplicate", map[bool]string{true: "both", false: "neither"}[won])
		return
	}
	given := s.lost(kept.Source)
	s.follows(kept, isSelected, won && !given)
	s.follows(kept, isDecided, won && !given)
	placed := len(s.of[isDecided]) > 0 && s.of[isDecided][0].Reason == ""
	s.follows(kept, isPlaced, placed)
	if len(s.of[isSelected]) > 0 && s.of[isSelected][0].Vectors != "" {
		s.follows(kept, isEmbedded, true)
	}
}

// follows checks that a later stage has a row of this id, or that it has none.
func (s *state) follows(kept fact, kind int32, want bool) {
	switch got := len(s.of[kind]) > 0; {
	case want && !got:
		s.c.reportAt(kept.at(), State, "", "a "+kindName[kind], "none")
	case got && !want:
		s.c.reportAt(s.of[kind][0].at(), State, "", "no "+kindName[kind], "one")
	}
}

// toHash passes a duplicate on to be joined with its winner by the image's hash, which its own table does not hold.
func (s *state) toHash(out *extsort.Sorter[fact]) error {
	for _, d := range s.of[isDuplicate] {
		if len(s.of[isKept]) == 0 {
			continue
		}
		d.SHA256 = s.of[isKept][0].SHA256
		if err := out.Add(d, factSize); err != nil {
			return err
		}
	}
	return nil
}

// decision is what curate said of a sample.
func (c *checker) decision(p at, d schemas.DecisionRow) {
	c.reason(p, "reason", schemas.Reason(d.Reason))
	if (d.Key == "") == (d.Reason == "") {
		c.reportAt(p, State, "", "a key or a reason", "key "+d.Key+", reason "+d.Reason)
	}
}
