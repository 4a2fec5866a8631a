package picturebook

import "math/rand/v2"

// The first PCG seed word of each stream. Two streams can only meet where 128 bits of generator state do.
const (
	trainStream   = 0x7472_6169_6e00_0000 // "train"
	heldoutStream = 0x6865_6c64_6f75_7400 // "heldout"
)

// scatter spreads consecutive indices over the second seed word, so that neighbours start far apart.
const scatter = 0x9e37_79b9_7f4a_7c15

// Train is the i-th scene of the training stream.
func Train(i uint64) Scene { return Random(TrainRand(i)) }

// Heldout is the i-th scene of the stream that no training reads.
func Heldout(i uint64) Scene { return Random(HeldoutRand(i)) }

// TrainRand is the generator from which [Train] makes scene i; what is left in it after that phrases the captions.
func TrainRand(i uint64) *rand.Rand { return rand.New(rand.NewPCG(trainStream, i*scatter)) }

// HeldoutRand is the generator from which [Heldout] makes scene i.
func HeldoutRand(i uint64) *rand.Rand { return rand.New(rand.NewPCG(heldoutStream, i*scatter)) }

// Random invents a scene: about half show one object, a quarter several equal ones, a quarter two different ones.
func Random(r *rand.Rand) Scene {
	switch r.IntN(4) {
	case 0:
		return several(r)
	case 1:
		return two(r)
	}
	return single(r)
}

func single(r *rand.Rand) Scene {
	g := randomGround(r)
	t := randomThing(r, g)
	s := Scene{Things: []Thing{t}, Place: Centre, Ground: g, Seed: r.Uint64()}
	if t.Size != Large && r.IntN(3) > 0 { // a large thing fills the picture, it has no corner
		s.Place = pick(r, places)
	}
	return s
}

func several(r *rand.Rand) Scene {
	g := randomGround(r)
	t := randomThing(r, g)
	t.Count = 2 + r.IntN(3)
	return Scene{Things: []Thing{t}, Place: pick(r, []Place{Row, Column, Scattered}), Ground: g, Seed: r.Uint64()}
}

func two(r *rand.Rand) Scene {
	g := randomGround(r)
	a, b := randomThing(r, g), randomThing(r, g)
	for b.Colour == a.Colour && b.Shape == a.Shape {
		b = randomThing(r, g)
	}
	b.Style = a.Style // one hand drew the picture
	return Scene{Things: []Thing{a, b}, Place: pick(r, []Place{LeftOf, Above}), Ground: g, Seed: r.Uint64()}
}

func randomGround(r *rand.Rand) Ground {
	g := Ground{Colour: pick(r, grounds), Pattern: Plain}
	if r.IntN(2) == 0 {
		g.Pattern = pick(r, patterns[1:])
	}
	return g
}

// randomThing chooses uniformly among the colours that stand out from the ground.
func randomThing(r *rand.Rand, g Ground) Thing {
	t := Thing{Shape: pick(r, shapes), Size: pick(r, sizes), Style: Filled, Count: 1}
	if r.IntN(2) == 0 {
		t.Style = pick(r, styles[1:])
	}
	for t.Colour = pick(r, colours); !standsOut(t.Colour, g.Colour); {
		t.Colour = pick(r, colours)
	}
	return t
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }
