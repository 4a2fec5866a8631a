package picturebook

import (
	"reflect"
	"testing"
)

func TestSameSeedSameScene(t *testing.T) {
	t.Parallel()
	for i := range uint64(200) {
		if a, b := Train(i), Train(i); !reflect.DeepEqual(a, b) {
			t.Fatalf("scene %d differs between two calls: %+v, %+v", i, a, b)
		}
	}
}

// The seed of a scene is 64 bits of its generator: two streams that met would show the same seed.
func TestSplitsShareNothing(t *testing.T) {
	t.Parallel()
	const n = 20000
	seen := map[uint64]string{}
	for split, scene := range map[string]func(uint64) Scene{"train": Train, "heldout": Heldout} {
		for i := range uint64(n) {
			seed := scene(i).Seed
			if other, ok := seen[seed]; ok {
				t.Fatalf("%s scene %d repeats one of %s", split, i, other)
			}
			seen[seed] = split
		}
	}
}

func TestEverythingOccurs(t *testing.T) {
	t.Parallel()
	labels, styles, places, grounds, counts := map[[2]string]int{}, map[Style]int{}, map[Place]int{}, map[Ground]int{}, map[int]int{}
	for i := range uint64(20000) {
		s := Train(i)
		colour, shape := s.Label()
		labels[[2]string{colour, shape}]++
		styles[s.Things[0].Style]++
		places[s.Place]++
		grounds[s.Ground]++
		counts[s.Things[0].Count]++
	}
	for what, got := range map[string][2]int{
		"labels":  {len(labels), len(Colours()) * len(Shapes())},
		"styles":  {len(styles), 4},
		"places":  {len(places), 9 + 3 + 2},
		"grounds": {len(grounds), 9 * 4},
		"counts":  {len(counts), 4},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: %d occur, want %d", what, got[0], got[1])
		}
	}
	for l, n := range labels {
		if n < 40 {
			t.Errorf("%v occurs %d times in 20000: too rare to learn", l, n)
		}
	}
}

func TestScenesAreWellFormed(t *testing.T) {
	t.Parallel()
	for i := range uint64(5000) {
		s := Heldout(i)
		for _, o := range s.Things {
			if !standsOut(o.Colour, s.Ground.Colour) {
				t.Fatalf("scene %d: %s on %s cannot be seen", i, o.Colour, s.Ground.Colour)
			}
			if o.Count < 1 || o.Count > 4 || len(s.Things) == 2 && o.Count != 1 {
				t.Fatalf("scene %d: %d times %s", i, o.Count, o.Shape)
			}
		}
		if len(s.Things) == 2 && s.Things[0].Shape == s.Things[1].Shape && s.Things[0].Colour == s.Things[1].Colour {
			t.Fatalf("scene %d: two kinds with the same name", i)
		}
		if s.Single() != (len(s.Things) == 1 && s.Things[0].Count == 1) {
			t.Fatalf("scene %d: Single is wrong for %+v", i, s.Things)
		}
	}
}
