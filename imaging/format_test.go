package imaging

import (
	"os"
	"strings"
	"testing"

	"pairmill/schemas"
)

func TestSniff(t *testing.T) {
	t.Parallel()
	for _, f := range decodedFormats() {
		if got := Sniff(sample(t, f, smooth(8, 8))); got != f {
			t.Errorf("%s is taken for %q", f, got)
		}
	}
	for _, c := range []struct {
		data   string
		format Format
		reason schemas.Reason
	}{
		{"<svg xmlns='http://www.w3.org/2000/svg'/>", SVG, schemas.SVGUnsupported},
		{"\xef\xbb\xbf \n<?xml version='1.0'?><!-- x --><!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN'><svg>", SVG, schemas.SVGUnsupported},
		{"<!DOCTYPE html><p><svg></svg>", HTML, schemas.ContentUnwanted},
		{"\r\n <HTML><head>", HTML, schemas.ContentUnwanted},
		{"%PDF-1.7\n", PDF, schemas.ContentUnwanted},
		{"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00mif1miaf", AVIF, schemas.ImageTruncated},
		{"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1avif", AVIF, schemas.ImageTruncated},
		{"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", HEIC, schemas.ImageUnsupported},
		{"\x00\x00\x01\x00\x01\x00\x10\x10", ICO, schemas.ImageUnsupported},
		{"\xff\x0a\xfa\x1f", JXL, schemas.ImageUnsupported},
		{"\x00\x00\x00\x0cJXL \r\n\x87\n", JXL, schemas.ImageUnsupported},
		{"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp42", Unknown, schemas.ImageUnknownFormat},
		{"BM is how this text begins, long enough", Unknown, schemas.ImageUnknownFormat},
		{"<rss version='2.0'>", Unknown, schemas.ImageUnknownFormat},
		{"{\"error\":404}", Unknown, schemas.ImageUnknownFormat},
		{"", Unknown, schemas.ImageTruncated},
		{"II+\x00\x08\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00", TIFF, schemas.ImageUnsupported},
	} {
		if got := Sniff([]byte(c.data)); got != c.format {
			t.Errorf("%q is taken for %q, not %q", c.data, got, c.format)
		}
		_, err := ReadHeader([]byte(c.data))
		if ReasonOf(err) != c.reason {
			t.Errorf("%q: %v, want %s", c.data, err, c.reason)
		}
		if c.reason == schemas.ImageUnsupported && c.format != TIFF && !strings.Contains(err.Error(), string(c.format)) {
			t.Errorf("%q: %v does not name the format", c.data, err)
		}
	}
}

func TestHeader(t *testing.T) {
	t.Parallel()
	for _, f := range decodedFormats() {
		h, err := ReadHeader(sample(t, f, smooth(27, 19)))
		if err != nil || h.Format != f || h.Width != 27 || h.Height != 19 || h.Frames != 1 || h.Animated || h.Orientation != 1 {
			t.Errorf("%s: %+v, %v", f, h, err)
		}
	}
	moving, err := os.ReadFile("testdata/webp_animated.webp")
	if err != nil {
		t.Fatal(err)
	}
	png := sample(t, PNG, smooth(27, 19))
	apng := append([]byte{}, png[:33]...)
	for range 3 {
		apng = append(apng, pngChunk("fcTL", make([]byte, 26))...)
	}
	for name, c := range map[string]struct {
		data     []byte
		frames   int
		animated bool
	}{
		"gif":  {manyFrames(27, 19, 10_000), 10_000, true},
		"webp": {moving, 3, true},
		"apng": {append(apng, png[33:]...), 3, true},
	} {
		h, err := ReadHeader(c.data)
		if err != nil || h.Width != 27 || h.Height != 19 || h.Frames != c.frames || h.Animated != c.animated {
			t.Errorf("%s: %+v, %v", name, h, err)
		}
	}
}
