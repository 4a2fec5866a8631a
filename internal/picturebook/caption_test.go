package picturebook

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func TestCaptionsNameEveryThing(t *testing.T) {
	t.Parallel()
	for i := range uint64(4000) {
		r := TrainRand(i)
		s := Random(r)
		for _, caption := range []string{s.Caption(r), s.Describe(r)} {
			words := strings.ToLower(caption)
			for _, o := range s.Things {
				if !strings.Contains(words, string(o.Colour)+" "+string(o.Shape)) {
					t.Fatalf("%q does not name the %s %s", caption, o.Colour, o.Shape)
				}
				if o.Count > 1 && !containsAny(words, countWords[o.Count]) && !strings.HasPrefix(words, "pair of") {
					t.Fatalf("%q does not say that there are %d", caption, o.Count)
				}
			}
		}
	}
}

func TestDescribeLeavesNothingOut(t *testing.T) {
	t.Parallel()
	for i := range uint64(4000) {
		r := HeldoutRand(i)
		s := Random(r)
		text := strings.ToLower(s.Describe(r))
		checks := map[string][]string{"ground": {string(s.Ground.Colour), "gray"}}
		for _, o := range s.Things {
			if o.Size != Medium {
				checks["size of "+string(o.Shape)] = sizeWords[o.Size]
			}
			if o.Style != Filled {
				checks["style of "+string(o.Shape)] = styleWords[o.Style]
			}
		}
		if len(s.Things) == 1 && !(s.Things[0].Size == Large && s.Single()) {
			checks["place"] = placeWords[s.Place]
		}
		for what, words := range checks {
			if !containsAny(text, words) {
				t.Fatalf("%q does not tell the %s (any of %q)", text, what, words)
			}
		}
	}
}

func TestCaptionsVaryAndRepeat(t *testing.T) {
	t.Parallel()
	s := Train(3)
	seen := map[string]bool{}
	for i := range uint64(100) {
		a := s.Caption(rand.New(rand.NewPCG(1, i)))
		if b := s.Caption(rand.New(rand.NewPCG(1, i))); a != b {
			t.Fatalf("the same generator says %q and %q", a, b)
		}
		seen[a] = true
	}
	if len(seen) < 30 {
		t.Errorf("100 captions of one scene have only %d phrasings", len(seen))
	}
}

func TestCaptionsAreTidy(t *testing.T) {
	t.Parallel()
	for i := range uint64(4000) {
		r := TrainRand(i)
		s := Random(r)
		for _, c := range []string{s.Caption(r), s.Describe(r)} {
			lower := " " + strings.ToLower(c)
			for _, bad := range []string{"  ", "*", " a o", " a a", " of on ", " with on ", " is on ", "crosss", " ,"} {
				if strings.Contains(lower, bad) {
					t.Fatalf("%q contains %q", c, bad)
				}
			}
			if strings.TrimSpace(c) != c || len(c) > 160 {
				t.Fatalf("%q is not tidy", c)
			}
		}
	}
}

func containsAny(text string, words []string) bool {
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}
