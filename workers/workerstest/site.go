package workerstest

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"io/fs"
	"net/http"
	"testing"
	"testing/fstest"

	"pairmill/internal/testutil"
)

// Colours of the pictures on the test site, and their names, which encodertest.Fake understands.
var colours = []struct {
	name string
	rgb  color.RGBA
}{
	{"red", color.RGBA{230, 20, 20, 255}}, {"green", color.RGBA{20, 180, 20, 255}},
	{"blue", color.RGBA{20, 20, 230, 255}}, {"yellow", color.RGBA{240, 230, 20, 255}},
}

// Site serves a small web site on two hosts, a.test and b.test, which link to each other: 8 pages; pictures that are
// right, equal (under other names, on the other host, with other captions), missing, broken, opted out by a page
// and by a header, disallowed by robots.txt, too small, and described by a placeholder.
func Site(t testing.TB) *testutil.Site {
	t.Helper()
	site := testutil.NewSite(t, nil)
	for _, host := range []string{"a.test", "b.test"} {
		files := testutil.Files(files(t, site, host))
		site.Handle(host, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/optout.png" {
				w.Header().Set("X-Robots-Tag", "noai")
			}
			files.ServeHTTP(w, r)
		}))
	}
	return site
}

// Spec is the YAML of a crawl of Site. extra is appended at the top level.
func Spec(site *testutil.Site, extra string) []byte {
	return fmt.Appendf(nil, `version: 1
name: small
source:
  web:
    seeds: [%q, %q]
    scope: host
    lanes: 3
    pages_per_job: 2
fetch:
  allow_private: true
  hosts: {"*.test": 127.0.0.1}
  delay: 0s
  tries: 1
  part_rows: 4
filter: {min_chars: 3, min_words: 1, min_side: 16}
embed: {model: builtin, batch: 2}
dataset: {shard_samples: 3}
%s`, site.URL("a.test", "/"), site.URL("b.test", "/"), extra)
}

func files(t testing.TB, site *testutil.Site, host string) fs.FS {
	other := map[string]string{"a.test": "b.test", "b.test": "a.test"}[host]
	m := fstest.MapFS{"robots.txt": {Data: []byte("User-agent: *\nDisallow: /private/\n")}}
	for i, c := range colours {
		m[c.name+".png"] = &fstest.MapFile{Data: PNG(t, c.rgb, 40+8*i)}
	}
	m["same.png"] = m["red.png"]
	m["optout.png"] = &fstest.MapFile{Data: PNG(t, color.RGBA{1, 2, 3, 255}, 50)}
	m["private/x.png"] = m["optout.png"]
	m["tiny.png"] = &fstest.MapFile{Data: PNG(t, color.RGBA{9, 9, 9, 255}, 8)}
	m["broken.jpg"] = &fstest.MapFile{Data: jpegOf(t, host)[:400]}
	m["photo.jpg"] = &fstest.MapFile{Data: jpegOf(t, host)}
	page := func(name, body string) {
		m[name] = &fstest.MapFile{Data: []byte("<!doctype html><html lang=en><title>t</title>" + body + "</html>")}
	}
	page("index.html", `<a href="two.html">2</a><a href="three.html">3</a><a href="`+site.URL(other, "/three.html")+`">o</a>
		<img src="red.png" alt="a red square"><img src="green.png" alt="a green square"><img src="tiny.png" alt="a tiny dot">`)
	page("two.html", `<a href="/">1</a><a href="four.html">4</a><img src="blue.png" alt="a blue  square"><img src="same.png" alt="the same red square">
		<img src="`+site.URL(other, "/yellow.png")+`" alt="a yellow square"><img src="missing.png" alt="nothing at all">`)
	page("three.html", `<img src="broken.jpg" alt="half a photo"><img src="photo.jpg" alt="a photo from `+host+`">
		<img src="optout.png" alt="not for machines"><img src="private/x.png" alt="not for robots"><img src="red.png" alt="image">`)
	page("four.html", `<meta name=robots content=noai><img src="yellow.png" alt="a yellow square"><img src="green.png" alt="opted out green">`)
	return m
}

func square(c color.RGBA, side int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, side, side))
	draw.Draw(img, img.Bounds(), image.NewUniform(c), image.Point{}, draw.Src)
	return img
}

// PNG is a square of one colour.
func PNG(t testing.TB, c color.RGBA, side int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, square(c, side)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// jpegOf makes a picture that differs between hosts.
func jpegOf(t testing.TB, host string) []byte {
	t.Helper()
	img := square(color.RGBA{128, 128, 128, 255}, 64)
	for i := range 64 {
		img.SetRGBA(i, (i*int(host[0]))%64, color.RGBA{byte(4 * i), host[0], 10, 255})
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
