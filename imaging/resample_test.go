package imaging

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// TestResizeMatchesOpenCV compares with pictures that tools/golden/area.py had OpenCV resize.
func TestResizeMatchesOpenCV(t *testing.T) {
	t.Parallel()
	name := regexp.MustCompile(`^(resize_\d+x\d+)\.(area|lanczos)-(\d+)x(\d+)\.png$`)
	files, _ := filepath.Glob("testdata/resize_*.png")
	compared := 0
	for _, file := range files {
		m := name.FindStringSubmatch(filepath.Base(file))
		if m == nil {
			continue
		}
		compared++
		w, _ := strconv.Atoi(m[3])
		h, _ := strconv.Atoi(m[4])
		got := mustDecodeFile(t, filepath.Join("testdata", m[1]+".png")).resize(w, h, Interpolation(m[2]), nil)
		if worst := maxDiff(t, got, mustDecodeFile(t, file)); worst > 1 {
			t.Errorf("%s: off by %d", file, worst)
		}
	}
	if compared < 7 {
		t.Fatalf("only %d goldens found", compared)
	}
}

// TestBuildsResizeAlike holds the promise that the compiled loops and the Go loops give the same bits.
func TestBuildsResizeAlike(t *testing.T) {
	t.Parallel()
	for _, c := range [][4]int{
		{300, 200, 77, 51}, {31, 17, 64, 64}, {64, 64, 64, 10}, {1, 1, 5, 3}, {200, 3, 20, 1}, {9, 40, 18, 20}, {2000, 2, 3, 2},
		{2, 1500, 2, 3}, {100, 100, 99, 98}, {256, 256, 128, 64}, {5, 5, 300, 5},
	} {
		for _, by := range Interpolations() {
			t.Run(fmt.Sprint(c, by), func(t *testing.T) {
				t.Parallel()
				src := noise(c[0], c[1])
				want := newPixels(c[2], c[3])
				xs, ys := by.axes(src.W, src.H, c[2], c[3])
				resampleGo(want, src, xs, ys)
				if worst := maxDiff(t, src.resize(c[2], c[3], by, nil), want); worst != 0 {
					t.Errorf("off by %d", worst)
				}
			})
		}
	}
}

func TestAreaKeepsFlatColoursAndTotals(t *testing.T) {
	t.Parallel()
	for src := 1; src < 200; src += 7 {
		for dst := 1; dst <= src; dst += 3 {
			a := areaAxis(src, dst)
			for i := range dst {
				var sum float64
				for _, w := range a.weight[i*a.taps:][:a.count[i]] {
					sum += float64(w)
				}
				if last := a.first[i] + a.count[i]; sum < 1-1e-5 || sum > 1+1e-5 || int(last) > src || a.first[i] < 0 || a.count[i] < 1 {
					t.Fatalf("%d→%d: output %d reads %d..%d with a sum of %v", src, dst, i, a.first[i], last, sum)
				}
			}
		}
	}
}

func noise(w, h int) *Pixels {
	p := newPixels(w, h)
	r := rand.New(rand.NewPCG(uint64(w), uint64(h)))
	for i := range p.Pix {
		p.Pix[i] = byte(r.Uint32())
	}
	return p
}

// smooth draws a picture that survives JPEG: slow waves of different length in each channel.
func smooth(w, h int) *Pixels {
	p := newPixels(w, h)
	for y := range h {
		for x := range w {
			d := p.Pix[(y*w+x)*3:]
			d[0] = byte(x * 255 / w)
			d[1] = byte(y * 255 / h)
			d[2] = byte((x*x/w + 2*y*y/h) * 255 / (w + 2*h))
		}
	}
	return p
}

func maxDiff(t *testing.T, a, b *Pixels) int {
	t.Helper()
	if a.W != b.W || a.H != b.H || len(a.Pix) != len(b.Pix) {
		t.Fatalf("%d×%d is not %d×%d", a.W, a.H, b.W, b.H)
	}
	worst := 0
	for i := range a.Pix {
		worst = max(worst, int(a.Pix[i])-int(b.Pix[i]), int(b.Pix[i])-int(a.Pix[i]))
	}
	return worst
}

func mustDecodeFile(t *testing.T, file string) *Pixels {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Decode(data, Limits{})
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return p
}
