package imaging

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestBlurMatchesImg2dataset compares with what tools/golden/blur.py had img2dataset blur. It cuts its results off where
// we round, and spares the last row and column; hence one step, and two for the widest blur, which runs on a smaller plane.
func TestBlurMatchesImg2dataset(t *testing.T) {
	t.Parallel()
	list, err := os.ReadFile("testdata/blur.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Source string
		Boxes  [][4]float64
		Want   string
	}
	if err := json.Unmarshal(list, &cases); err != nil || len(cases) < 5 {
		t.Fatal(len(cases), err)
	}
	for i, c := range cases {
		tolerance := 1
		if i == 4 {
			tolerance = 4
		}
		got := mustDecodeFile(t, filepath.Join("testdata", c.Source))
		plain := &Pixels{W: got.W, H: got.H, Pix: slices.Clone(got.Pix)}
		var boxes []Box
		for _, b := range c.Boxes {
			boxes = append(boxes, Box{b[0], b[1], b[2], b[3]})
		}
		got.blur(boxes)
		want := mustDecodeFile(t, filepath.Join("testdata", c.Want))
		worst, mean := maxDiff(t, got, want), meanDiff(got, want)
		t.Logf("%s: off by %d at most, %.3f in the mean", c.Want, worst, mean)
		if worst > tolerance {
			t.Errorf("%s: off by %d", c.Want, worst)
		}
		if maxDiff(t, got, plain) < 30 {
			t.Errorf("%s: hardly blurred", c.Want)
		}
	}
}

func meanDiff(a, b *Pixels) float64 {
	var sum float64
	for i := range a.Pix {
		sum += math.Abs(float64(a.Pix[i]) - float64(b.Pix[i]))
	}
	return sum / float64(len(a.Pix))
}

func TestBoxesOutOfTheOrdinary(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	for _, c := range []struct {
		name    string
		boxes   []Box
		changes bool
	}{
		{"none", nil, false},
		{"empty", []Box{{0.5, 0.5, 0.5, 0.5}}, false},
		{"outside", []Box{{2, 2, 3, 3}}, false},
		{"corners the other way round", []Box{{0.9, 0.9, 0.1, 0.1}}, true},
		{"past the edges", []Box{{-1e300, -1, math.Inf(1), 2}}, true},
		{"not numbers", []Box{{nan, nan, nan, nan}}, true},
	} {
		p := noise(40, 30)
		p.blur(c.boxes)
		if changed := !bytes.Equal(p.Pix, noise(40, 30).Pix); changed != c.changes {
			t.Errorf("%s: changed is %v", c.name, changed)
		}
	}
	for _, side := range [][2]int{{1, 1}, {1, 50}, {300, 2}} {
		noise(side[0], side[1]).blur([]Box{{0, 0, 1, 1}})
	}
}

// TestBlurComesBeforeTheBorder blurs everything: the white of the border must stay white.
func TestBlurComesBeforeTheBorder(t *testing.T) {
	t.Parallel()
	p, err := New(Config{Side: 64, Format: PNG})
	if err != nil {
		t.Fatal(err)
	}
	data := sample(t, PNG, noise(200, 100))
	sharp, err := p.Process(data)
	if err != nil {
		t.Fatal(err)
	}
	blurred, err := p.Process(data, Box{0, 0, 1, 1})
	if err != nil {
		t.Fatal(err)
	}
	a, b := decodeAs(t, sharp.Data), decodeAs(t, blurred.Data)
	if spread(b.Pix[16*64*3:48*64*3])*4 > spread(a.Pix[16*64*3:48*64*3]) {
		t.Error("not blurred")
	}
	for i, v := range b.Pix[:15*64*3] {
		if v != 255 {
			t.Fatalf("byte %d of the border is %d", i, v)
		}
	}
	if sharp.PHash != blurred.PHash {
		t.Error("the hash is of the blurred picture")
	}
}

func spread(pix []byte) int {
	low, high := 255, 0
	for _, v := range pix {
		low, high = min(low, int(v)), max(high, int(v))
	}
	return high - low
}

func decodeAs(t *testing.T, data []byte) *Pixels {
	t.Helper()
	p, err := Decode(data, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}
