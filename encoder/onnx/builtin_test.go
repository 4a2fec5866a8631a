package onnx_test

import (
	"image"
	"testing"

	"pairmill/encoder"
	"pairmill/encoder/builtin"
	"pairmill/encoder/encodertest"
	"pairmill/encoder/onnx"
	"pairmill/internal/picturebook"
	"pairmill/internal/testutil"
)

const (
	heldout        = 1024 // scenes that no training has seen
	drawnSide      = 160  // pixels, so that the encoder has something to resize
	retrievalBatch = 64
)

// The built-in model must know what it sees: these are the figures that make model-check prints.
func TestBuiltinModel(t *testing.T) {
	if testutil.Raced {
		t.Skip("thousands of drawings, one after the other: make test makes them without the race detector")
	}
	t.Parallel()
	needRuntime(t)
	e := open(t, builtin.FS(), onnx.Config{})
	var scenes []picturebook.Scene
	var pictures []encoder.Pixels
	var captions []string
	for i := range uint64(heldout) {
		r := picturebook.HeldoutRand(i)
		s := picturebook.Random(r)
		scenes, pictures = append(scenes, s), append(pictures, rgb(s.Draw(drawnSide)))
		captions = append(captions, s.Describe(r))
	}
	seen, err := e.EncodeImages(t.Context(), pictures)
	if err != nil {
		t.Fatal(err)
	}
	said, err := e.EncodeTexts(t.Context(), captions)
	if err != nil {
		t.Fatal(err)
	}
	right, of := zeroShot(t, e, scenes, seen)
	report(t, "zero-shot colour × shape, pictures of one object", right, of, 0.90)
	report(t, "image to text R@1 in batches of 64", retrieved(seen, said, captions), heldout, 0.85)
	report(t, "text to image R@1 in batches of 64", retrieved(said, seen, captions), heldout, 0.80)
}

func report(t *testing.T, what string, right, of int, want float64) {
	t.Helper()
	share := float64(right) / float64(of)
	t.Logf("%s: %d of %d, %.1f %% (at least %.0f %% wanted)", what, right, of, 100*share, 100*want)
	if !(share >= want) {
		t.Errorf("%s is below %.0f %%", what, 100*want)
	}
}

// zeroShot asks for the colour and shape of each picture that shows one object.
func zeroShot(t *testing.T, e encoder.Encoder, scenes []picturebook.Scene, seen [][]float32) (right, of int) {
	t.Helper()
	var prompts []string
	for _, c := range picturebook.Colours() {
		for _, s := range picturebook.Shapes() {
			prompts = append(prompts, prompt(string(c), string(s)))
		}
	}
	classes, err := e.EncodeTexts(t.Context(), prompts)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range scenes {
		if !s.Single() {
			continue
		}
		of++
		if prompts[nearest(seen[i], classes)] == prompt(s.Label()) {
			right++
		}
	}
	return right, of
}

func prompt(colour, shape string) string { return "a " + colour + " " + shape }

// retrieved counts the vectors of from whose nearest in to, within consecutive batches, has the same caption.
func retrieved(from, to [][]float32, captions []string) (hits int) {
	for start := 0; start < len(from); start += retrievalBatch {
		end := start + retrievalBatch
		for i := start; i < end; i++ {
			if captions[start+nearest(from[i], to[start:end])] == captions[i] {
				hits++
			}
		}
	}
	return hits
}

func nearest(v []float32, among [][]float32) int {
	best := 0
	for i, w := range among {
		if encoder.Dot(v, w) > encoder.Dot(v, among[best]) {
			best = i
		}
	}
	return best
}

func rgb(img *image.RGBA) encoder.Pixels {
	p := encoder.Pixels{W: img.Rect.Dx(), H: img.Rect.Dy()}
	for i := 0; i < len(img.Pix); i += 4 {
		p.RGB = append(p.RGB, img.Pix[i:i+3]...)
	}
	return p
}

func TestBuiltinConforms(t *testing.T) {
	t.Parallel()
	needRuntime(t)
	encodertest.Run(t, func(t *testing.T) encoder.Encoder { return open(t, builtin.FS(), onnx.Config{}) })
}

func TestBuiltinInspects(t *testing.T) {
	t.Parallel()
	r, err := onnx.Inspect(builtin.FS(), onnx.Config{})
	if err != nil || len(r.Info.Warnings) != 0 || r.Info.LogitScale <= 1 {
		t.Errorf("got %+v, %v", r.Info, err)
	}
}
