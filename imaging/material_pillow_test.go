package imaging

import (
	"encoding/hex"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// differs says why a file looks otherwise here than in Pillow 13.
func differs() map[string]string {
	return map[string]string{
		"badrle.bmp":                        "damaged on purpose: a run past its row is cut off, not carried over",
		"mmap_error.bmp":                    "says that its pixels start behind its end; read where the header ends",
		"rgb32bf-abgr.bmp":                  "alpha is zero everywhere: shown, as browsers do, not all white",
		"xmp_tags_orientation.avif":         "orientation in XMP, which no browser follows",
		"xmp_tags_orientation.png":          "the same",
		"xmp_tags_orientation_exiftool.png": "the same",
		"i_trns.png":                        "transparent 16-bit grey, which the script does not put on white",
		"issue_2811.gif":                    "code size of 11 bits, refused",
		"no_palette.gif":                    "no colour table, refused; Pillow invents a grey one",
		"tiff_wrong_bits_per_sample.tiff":   "contradicts itself, refused",
		"tiff_wrong_bits_per_sample_2.tiff": "the same",
		"tiff_wrong_bits_per_sample_3.tiff": "the same",
		"total-pages-zero.tif":              "fax data without its first line end, refused",
	}
}

// refusedByGo lists JPEG files that libjpeg-turbo reads and Go does not.
func refusedByGo() []string { return []string{"hopper_bad_exif.jpg"} }

// pictureless lists what Pillow reads and we refuse by name: formats and TIFF variants that the web does not use.
func pictureless(name string, err error) bool {
	text := err.Error()
	return strings.HasPrefix(text, "image_unsupported: ") && (filepath.Ext(name) == ".ico" || strings.Contains(text, "tiff")) ||
		strings.Contains(text, "tags are not sorted")
}

// TestMaterialLooksAsInPillow compares every picture that both read: its sides, and the mean colours of its quarters.
func TestMaterialLooksAsInPillow(t *testing.T) {
	t.Parallel()
	if raceEnabled {
		t.Skip("one goroutine at work: the pass without the race detector compares")
	}
	root := os.Getenv("PAIRMILL_MATERIAL")
	if root == "" {
		t.Skip("PAIRMILL_MATERIAL is unset: no foreign pictures to read")
	}
	known, same := differs(), 0
	for line := range strings.Lines(string(readFile(t, "testdata/material.tsv"))) {
		column := strings.Split(strings.TrimSpace(line), "\t")
		name := column[0]
		data, err := os.ReadFile(filepath.Join(root, "images", name))
		if err != nil {
			t.Fatal(err)
		}
		got, err := asStoredColours(data)
		why := ""
		switch {
		case err != nil && column[1] != "-" && !pictureless(name, err):
			why = err.Error()
		case err == nil && column[1] != "-":
			why = quartersDiffer(t, got, column[1], column[2])
		}
		if Codec == "go" && slices.Contains(refusedByGo(), name) {
			continue
		}
		if _, ok := known[name]; ok && why == "" {
			t.Errorf("%s looks the same now", name)
		} else if !ok && why != "" {
			t.Errorf("%s: %s", name, why)
		}
		if why == "" && err == nil && column[1] != "-" {
			same++
		}
	}
	t.Logf("%d pictures look the same", same)
	if same < 550 {
		t.Errorf("only %d pictures were compared", same)
	}
}

// asStoredColours leaves profiles alone, as the script does.
func asStoredColours(data []byte) (*Pixels, error) {
	h, err := ReadHeader(data)
	if err != nil {
		return nil, err
	}
	if err := (Limits{}).Check(h); err != nil {
		return nil, err
	}
	p, err := decode(data, h, nil)
	if err != nil {
		return nil, err
	}
	return p.upright(h.Orientation, nil), nil
}

func quartersDiffer(t *testing.T, p *Pixels, sides, quarters string) string {
	t.Helper()
	if got := fmt.Sprintf("%d×%d", p.W, p.H); got != sides {
		return got + ", Pillow has " + sides
	}
	want, err := hex.DecodeString(quarters)
	if err != nil || len(want) != 12 {
		t.Fatalf("quarters %q", quarters)
	}
	for i, w := range want {
		x, y := i/3&1, i/6
		m := mean(p, x*(p.W/2), y*(p.H/2), x*p.W+(1-x)*((p.W+1)/2), y*p.H+(1-y)*((p.H+1)/2), i%3)
		if math.Abs(m-float64(w)) > 1.8 { // rounding of the mean; Go's JPEG differs a little

			return fmt.Sprintf("quarter %d, channel %d: mean %.1f, Pillow has %d", i/3, i%3, m, w)
		}
	}
	return ""
}

func mean(p *Pixels, x0, y0, x1, y1, channel int) float64 {
	sum := 0
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			sum += int(p.Pix[(y*p.W+x)*3+channel])
		}
	}
	return float64(sum) / float64((y1-y0)*(x1-x0))
}
