package picturebook

import (
	"bytes"
	"image"
	"math"
	"testing"
)

func TestDrawSizes(t *testing.T) {
	t.Parallel()
	for i, side := range []int{-1, 0, 1, 2, 7, 16, 33, 64, 128, 224, 512, 600} {
		for j := range 12 {
			img := Train(uint64(i*12 + j)).Draw(side)
			if img.Bounds() != image.Rect(0, 0, max(side, 0), max(side, 0)) {
				t.Fatalf("side %d gives %v", side, img.Bounds())
			}
			if !img.Opaque() {
				t.Fatalf("side %d: a pixel lets through", side)
			}
		}
	}
}

func TestDrawTwiceIsEqual(t *testing.T) {
	t.Parallel()
	for i := range uint64(40) {
		s := Heldout(i)
		if !bytes.Equal(s.Draw(96).Pix, s.Draw(96).Pix) {
			t.Fatalf("scene %d is painted in two ways", i)
		}
	}
}

// Big and small pictures of one scene agree once the big one is averaged down: all geometry is relative.
func TestDrawScales(t *testing.T) {
	t.Parallel()
	for i := range uint64(24) {
		s := Train(i)
		small, big := means(s.Draw(64), 8), means(s.Draw(512), 8)
		for c := range small {
			if d := math.Abs(small[c] - big[c]); d > 20 {
				t.Errorf("scene %d (%+v): cell %d differs by %.0f between 64 and 512 px", i, s, c, d)
			}
		}
	}
}

// The colour is there, at the spot that layout names, and it is not the background's.
func TestThingsHaveTheirColour(t *testing.T) {
	t.Parallel()
	for _, colour := range colours {
		for _, ground := range grounds {
			if !standsOut(colour, ground) {
				continue
			}
			s := Scene{
				Things: []Thing{{Shape: "circle", Colour: colour, Size: Large, Style: Filled, Count: 1}},
				Place:  Centre, Ground: Ground{ground, Plain}, Seed: 7,
			}
			got, want := s.Draw(64).RGBAAt(32, 32), objectTones[colour]
			if max(gap(got.R, want.R), gap(got.G, want.G), gap(got.B, want.B)) > 8 {
				t.Errorf("a %s circle on %s is %v in the middle, want about %v", colour, ground, got, want)
			}
		}
	}
}

func TestPlacesAreTrue(t *testing.T) {
	t.Parallel()
	for i := range uint64(3000) {
		s := Train(i)
		spots := s.layout(TrainRand(i))
		first, last := spots[0].centre, spots[len(spots)-1].centre
		ok := true
		switch s.Place {
		case Left:
			ok = first.x < 0.4 && math.Abs(first.y-0.5) < 0.1
		case BottomRight:
			ok = first.x > 0.6 && first.y > 0.6
		case LeftOf:
			ok = first.x < last.x-0.3
		case Above:
			ok = first.y < last.y-0.3
		case Row:
			ok = math.Abs(first.y-last.y) < 0.1
		case Column:
			ok = math.Abs(first.x-last.x) < 0.1
		}
		if !ok {
			t.Fatalf("scene %d says %q but lies at %v … %v", i, s.Place, first, last)
		}
	}
}

func TestObjectsDoNotOverlap(t *testing.T) {
	t.Parallel()
	for i := range uint64(3000) {
		spots := Heldout(i).layout(HeldoutRand(i))
		for j, a := range spots {
			for _, b := range spots[:j] {
				if math.Hypot(a.centre.x-b.centre.x, a.centre.y-b.centre.y) < 0.95*(a.radius+b.radius) {
					t.Fatalf("scene %d: objects %v and %v overlap", i, a, b)
				}
			}
		}
	}
}

// The mean colours of known pictures. A tolerance stands where other architectures round differently.
func TestGoldenPictures(t *testing.T) {
	t.Parallel()
	for i, want := range golden {
		for c, got := range means(Train(uint64(i)).Draw(64), 2) {
			if math.Abs(got-want[c]) > 1 {
				t.Errorf("picture %d changed: cell means %.0f, want %v; the trained model no longer fits the book", i, means(Train(uint64(i)).Draw(64), 2), want)
				break
			}
		}
	}
}

// means is the mean R, G, B of each cell of an n×n grid.
func means(img *image.RGBA, n int) []float64 {
	side := img.Bounds().Dx()
	out := make([]float64, 3*n*n)
	share := float64(n*n) / float64(side*side)
	for y := range side {
		for x := range side {
			cell := 3 * (y*n/side*n + x*n/side)
			for k := range 3 {
				out[cell+k] += float64(img.Pix[y*img.Stride+4*x+k]) * share
			}
		}
	}
	return out
}

func gap(a, b uint8) int { return max(int(a)-int(b), int(b)-int(a)) }
