package imaging

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// shardCase is a case of tools/golden/shards.py.
type shardCase struct {
	Source, Mode, Upscale, Downscale, Want string
	PSNR                                   float64 // of OpenCV's own JPEG
}

func shardCases(t *testing.T) (side int, cases []shardCase) {
	t.Helper()
	data, err := os.ReadFile("testdata/shards.json")
	if err != nil {
		t.Fatal(err)
	}
	var list struct {
		Side  int
		Cases []shardCase
	}
	if err := json.Unmarshal(data, &list); err != nil || len(list.Cases) < 50 {
		t.Fatal(len(list.Cases), err)
	}
	return list.Side, list.Cases
}

// jpegTolerance is how far pixels of a JPEG may be from OpenCV's, by what decodes it: libjpeg-turbo is what OpenCV has
// inside; Go's decoder rounds its inverse DCT and its colours otherwise, and repeats chroma where 4:4:0 would have it
// interpolated.
func jpegTolerance() int {
	if Codec == "go" {
		return 3
	}
	return 1
}

// TestShardsMatchOpenCV is the promise for shards: what is encoded is what img2dataset would encode.
func TestShardsMatchOpenCV(t *testing.T) {
	t.Parallel()
	side, cases := shardCases(t)
	worst := map[string]int{}
	for _, c := range cases {
		data, err := os.ReadFile(filepath.Join("testdata", c.Source))
		if err != nil {
			t.Fatal(err)
		}
		cfg := Config{Side: side, Mode: Mode(c.Mode), Upscale: Interpolation(c.Upscale), Downscale: Interpolation(c.Downscale), Format: PNG}
		p, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		r, err := p.Process(data)
		if err != nil {
			t.Fatalf("%s: %v", c.Source, err)
		}
		tolerance := 1
		if Sniff(data) == JPEG {
			tolerance = jpegTolerance()
		}
		off := maxDiff(t, decodeAs(t, r.Data), mustDecodeFile(t, filepath.Join("testdata", c.Want)))
		if off > tolerance {
			t.Errorf("%s: off by %d", c.Want, off)
		}
		worst[filepath.Ext(c.Source)] = max(worst[filepath.Ext(c.Source)], off)
	}
	t.Logf("codec %s: off by at most %v", Codec, worst)
}

// TestShardsEncodeAsWell compares what encoding costs with what it costs OpenCV, at the same quality.
func TestShardsEncodeAsWell(t *testing.T) {
	t.Parallel()
	_, cases := shardCases(t)
	for _, c := range cases {
		want := mustDecodeFile(t, filepath.Join("testdata", c.Want))
		data, err := Encode(want, JPEG, 95)
		if err != nil {
			t.Fatal(err)
		}
		if got := psnr(decodeAs(t, data), want); got < c.PSNR-0.5 {
			t.Errorf("%s: %.2f dB, and OpenCV has %.2f", c.Want, got, c.PSNR)
		}
	}
}

func psnr(a, b *Pixels) float64 {
	var sum float64
	for i := range a.Pix {
		d := float64(a.Pix[i]) - float64(b.Pix[i])
		sum += d * d
	}
	return 10 * math.Log10(255*255*float64(len(a.Pix))/sum)
}
