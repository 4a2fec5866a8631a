package clip_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pairmill/encoder"
	"pairmill/encoder/clip"
	"pairmill/imaging"
)

// TestFilesBecomePillowsInput takes JPEG and PNG files all the way to the encoder's pixels; tools/golden/encoder_input.py had
// Pillow do the same. With libjpeg-turbo, which Pillow has inside, one step is allowed, and without it three.
func TestFilesBecomePillowsInput(t *testing.T) {
	t.Parallel()
	goldens, err := filepath.Glob("testdata/file_*.png")
	if err != nil || len(goldens) < 9 {
		t.Fatalf("%d golden files, %v", len(goldens), err)
	}
	p, err := clip.NewPreprocessor(clip.Preprocess{Resample: clip.Bicubic, Shortest: 48, Side: 48})
	if err != nil {
		t.Fatal(err)
	}
	tolerance := 1
	if imaging.Codec == "go" {
		tolerance = 3
	}
	for _, path := range goldens {
		name := strings.TrimPrefix(strings.TrimSuffix(filepath.Base(path), ".png"), "file_")
		data, err := os.ReadFile("../../imaging/testdata/shard_" + strings.Replace(name, "-", ".", 1))
		if err != nil {
			t.Fatal(err)
		}
		src, err := imaging.Decode(data, imaging.Limits{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, err := p.Crop(encoder.Pixels{W: src.W, H: src.H, RGB: src.Pix})
		if err != nil {
			t.Fatal(err)
		}
		if diff := maxDiff(t, got, readPNG(t, path)); diff > tolerance {
			t.Errorf("%s: largest difference is %d", name, diff)
		}
	}
}
