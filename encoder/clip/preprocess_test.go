package clip_test

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"pairmill/encoder"
	"pairmill/encoder/clip"
)

func readPNG(t *testing.T, path string) encoder.Pixels {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return pixels(img)
}

func pixels(img image.Image) encoder.Pixels {
	b := img.Bounds()
	p := encoder.Pixels{W: b.Dx(), H: b.Dy()}
	for y := range p.H {
		for x := range p.W {
			c := color.NRGBAModel.Convert(img.At(b.Min.X+x, b.Min.Y+y)).(color.NRGBA)
			p.RGB = append(p.RGB, c.R, c.G, c.B)
		}
	}
	return p
}

// The goldens were made by Pillow; tools/golden/resize.py says how.
func TestCropEqualsPillow(t *testing.T) {
	t.Parallel()
	goldens, err := filepath.Glob("testdata/resize_*.*-*-*-*.png")
	if err != nil || len(goldens) < 10 {
		t.Fatalf("%d golden files, %v", len(goldens), err)
	}
	filters := map[string]clip.Filter{"bicubic": clip.Bicubic, "bilinear": clip.Bilinear, "lanczos": clip.Lanczos}
	for _, path := range goldens {
		source, params, _ := strings.Cut(strings.TrimSuffix(path, ".png"), ".")
		part := strings.Split(params, "-")
		cfg := clip.Preprocess{Squash: part[0] == "squash", Resample: filters[part[1]]}
		if _, err := fmt.Sscan(part[2]+" "+part[3], &cfg.Shortest, &cfg.Side); err != nil {
			t.Fatal(err)
		}
		p, err := clip.NewPreprocessor(cfg)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.Crop(readPNG(t, source+".png"))
		if err != nil {
			t.Fatal(err)
		}
		want := readPNG(t, path)
		if diff := maxDiff(t, got, want); diff != 0 {
			t.Errorf("%s: largest difference is %d", path, diff)
		}
	}
}

func maxDiff(t *testing.T, a, b encoder.Pixels) int {
	t.Helper()
	if a.W != b.W || a.H != b.H || a.Validate() != nil {
		t.Fatalf("sizes differ: %d×%d and %d×%d", a.W, a.H, b.W, b.H)
	}
	d := 0
	for i := range a.RGB {
		d = max(d, int(a.RGB[i])-int(b.RGB[i]), int(b.RGB[i])-int(a.RGB[i]))
	}
	return d
}

func TestFillNormalises(t *testing.T) {
	t.Parallel()
	p, err := clip.NewPreprocessor(clip.Preprocess{Side: 2})
	if err != nil {
		t.Fatal(err)
	}
	pic := encoder.Pixels{W: 2, H: 2, RGB: []byte{0, 10, 20, 30, 40, 50, 60, 70, 80, 255, 254, 253}}
	got := make([]float32, p.Len())
	if err := p.Fill(got, pic); err != nil {
		t.Fatal(err)
	}
	cfg := p.Config()
	for c := range 3 {
		for i := range 4 {
			want := (float64(pic.RGB[i*3+c])/255 - cfg.Mean[c]) / cfg.Std[c]
			if math.Abs(float64(got[c*4+i])-want) > 1e-6 {
				t.Errorf("channel %d, pixel %d: got %v, want %v", c, i, got[c*4+i], want)
			}
		}
	}
	if err := p.Fill(got[1:], pic); err == nil {
		t.Error("a tensor of the wrong length was filled")
	}
	if err := p.Fill(got, encoder.Pixels{W: 2, H: 2}); err == nil {
		t.Error("a picture without pixels was accepted")
	}
}

// A picture one pixel wide would be 22 million pixels high at full scale. Not parallel: it counts what is allocated.
func TestCropOfExtremeShapeIsBounded(t *testing.T) {
	p, err := clip.NewPreprocessor(clip.Preprocess{})
	if err != nil {
		t.Fatal(err)
	}
	for _, pic := range []encoder.Pixels{
		{W: 1, H: 100_000, RGB: make([]byte, 300_000)}, {W: 100_000, H: 1, RGB: make([]byte, 300_000)},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := p.Crop(pic)
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; err != nil || n > 1<<20 {
			t.Errorf("%d×%d: %d bytes were allocated, %v", pic.W, pic.H, n, err)
		}
	}
}

func TestParsePreprocess(t *testing.T) {
	t.Parallel()
	openai, err := clip.NewPreprocessor(clip.Preprocess{})
	if err != nil {
		t.Fatal(err)
	}
	ones, fives := [3]float64{1, 1, 1}, [3]float64{.5, .5, .5}
	squash := openai.Config()
	squash.Squash, squash.Resample, squash.Mean, squash.Std = true, clip.Bilinear, fives, fives
	shortest := openai.Config()
	shortest.Shortest = 256
	mobile := openai.Config()
	mobile.Mean, mobile.Std = [3]float64{}, ones
	raw := mobile
	raw.Rescale = 1
	for _, tc := range []struct {
		name, json string
		want       clip.Preprocess
		err        string
	}{
		{"nothing", `{}`, openai.Config(), ""},
		{"old CLIP", `{"crop_size":224,"size":224,"resample":3,"do_normalize":true}`, openai.Config(), ""},
		{"new CLIP", `{"crop_size":{"height":224,"width":224},"size":{"shortest_edge":224},
			"rescale_factor":0.00392156862745098}`, openai.Config(), ""},
		{"larger before the crop", `{"crop_size":224,"size":{"shortest_edge":256}}`, shortest, ""},
		{"SigLIP", `{"size":{"height":224,"width":224},"resample":2,"image_mean":[0.5,0.5,0.5],
			"image_std":[0.5,0.5,0.5]}`, squash, ""},
		{"no normalisation", `{"size":224,"do_normalize":false}`, mobile, ""},
		{"raw values", `{"size":224,"do_normalize":false,"do_rescale":false}`, raw, ""},
		{"not JSON", `[`, clip.Preprocess{}, "preprocessor_config.json"},
		{"no resize", `{"do_resize":false}`, clip.Preprocess{}, "do_resize"},
		{"no crop", `{"size":224,"do_center_crop":false}`, clip.Preprocess{}, "square"},
		{"oblong", `{"size":{"height":2,"width":3}}`, clip.Preprocess{}, "square"},
		{"empty size", `{"size":{}}`, clip.Preprocess{}, "neither"},
		{"word as size", `{"size":"big"}`, clip.Preprocess{}, "neither"},
		{"squash and crop", `{"size":{"height":256,"width":256},"crop_size":224}`, clip.Preprocess{}, "only one"},
		{"crop too large", `{"size":224,"crop_size":256}`, clip.Preprocess{}, "shortest side"},
		{"huge", `{"size":100000}`, clip.Preprocess{}, "outside"},
		{"negative", `{"size":-1,"crop_size":-1}`, clip.Preprocess{}, "above 0"},
		{"nearest", `{"size":224,"resample":0}`, clip.Preprocess{}, "resample 0"},
		{"two means", `{"size":224,"image_mean":[1,2],"image_std":[1,2,3]}`, clip.Preprocess{}, "3 each"},
		{"zero deviation", `{"size":224,"image_mean":[1,2,3],"image_std":[1,0,3]}`, clip.Preprocess{}, "deviation"},
	} {
		got, err := clip.ParsePreprocess([]byte(tc.json))
		if tc.err != "" {
			if err == nil || !strings.Contains(err.Error(), tc.err) {
				t.Errorf("%s: got error %v, want %q", tc.name, err, tc.err)
			}
			continue
		}
		if err != nil || got != tc.want {
			t.Errorf("%s: got %+v, %v\nwant %+v", tc.name, got, err, tc.want)
		}
	}
}

func FuzzParsePreprocess(f *testing.F) {
	f.Add(`{"crop_size":{"height":8,"width":8},"size":{"shortest_edge":9},"resample":2,"image_mean":[0,0,0],"image_std":[1,1,1]}`)
	f.Add(`{"size":{"height":8,"width":8},"do_rescale":false}`)
	f.Fuzz(func(t *testing.T, s string) {
		cfg, err := clip.ParsePreprocess([]byte(s))
		if err != nil || cfg.Side > 64 || cfg.Shortest > 128 {
			return
		}
		p, err := clip.NewPreprocessor(cfg)
		if err != nil {
			t.Fatalf("parsed but refused: %v", err)
		}
		if err := p.Fill(make([]float32, p.Len()), encoder.Pixels{W: 3, H: 2, RGB: make([]byte, 18)}); err != nil {
			t.Fatal(err)
		}
	})
}

func BenchmarkFill(b *testing.B) {
	p, err := clip.NewPreprocessor(clip.Preprocess{})
	if err != nil {
		b.Fatal(err)
	}
	pic := encoder.Pixels{W: 341, H: 256, RGB: make([]byte, 341*256*3)}
	dst := make([]float32, p.Len())
	for b.Loop() {
		if err := p.Fill(dst, pic); err != nil {
			b.Fatal(err)
		}
	}
}
