package picturesite

import (
	"fmt"
	"net/http"
	"strings"
)

// good hangs n pictures without defects.
func good(p *painter, n int) []figure {
	var out []figure
	for range n {
		out = append(out, p.inCorner().figure)
	}
	return out
}

func copies(p *painter) []figure {
	a, b := p.inCorner(), p.inCorner()
	mirrored := strings.Replace(b.URL, "/pictures/", "/mirror/", 1)
	p.site.answers[mirrored] = b.answer()
	return []figure{
		a.figure, a.at(Copy, a.URL+"?size=full"), a.at(Copy, a.URL+"?utm_source=newsletter"),
		b.figure, b.at(Copy, mirrored), b.at(Copy, mirrored+"?size=full").as(Copy, b.again()),
	}
}

func twoNames(p *painter) []figure {
	var out []figure
	for range 2 {
		w := p.inCorner()
		out = append(out, w.figure, w.as(SecondAlt, w.again()))
	}
	return out
}

func wrongCaptions(p *painter) []figure {
	out := good(p, 2)
	for range 4 {
		w := p.inCorner()
		out = append(out, w.as(Mismatch, w.wrong()))
	}
	return out
}

func noCaptions(p *painter) []figure {
	out := append(good(p, 1), p.inCorner().as(NoCaption, ""), p.inCorner().as(NoCaption, " \u00a0 "))
	bare := p.inCorner().as(NoCaption, "")
	bare.NoAlt = true
	return append(out, bare)
}

func placeholderCorner(p *painter) []figure {
	out := good(p, 1)
	for _, alt := range []string{"image", "[LOGO]", "Click to enlarge", "Bild", "图片"} {
		out = append(out, p.inCorner().as(Placeholder, alt))
	}
	return out
}

func fileNameCorner(p *painter) []figure {
	out := good(p, 1)
	for _, alt := range []string{"IMG_2041.jpg", "DSC00012", "photo-123.png", "http://www.example.com/p.jpg", "20190304_123456"} {
		out = append(out, p.inCorner().as(FileName, alt))
	}
	return out
}

// sized repaints pictures at other sizes.
func sized(p *painter, kind Kind, sizes [][2]int) []figure {
	out := good(p, 1)
	for _, size := range sizes {
		w := p.inCorner()
		w.width, w.height = size[0], size[1]
		w.Note = w.note(p.number)
		p.site.answers[w.URL] = w.picture.answer()
		out = append(out, w.as(kind, w.Alt))
	}
	return out
}

func icons(p *painter) []figure {
	return sized(p, Icon, [][2]int{{16, 16}, {24, 24}, {32, 32}, {48, 48}})
}

func banners(p *painter) []figure {
	return sized(p, Banner, [][2]int{{1200, 120}, {728, 70}, {80, 800}})
}

// answering hangs good pictures and then one for each kind, whose URL gives the answers "a", "b", … instead of a file.
func answering(answers map[string]answer, kinds ...Kind) func(p *painter) []figure {
	return func(p *painter) []figure {
		out := good(p, 2)
		for i, kind := range kinds {
			for range 2 {
				w := p.inCorner()
				delete(p.site.answers, w.URL)
				url := strings.TrimSuffix(w.URL, "."+w.format) + ".jpg"
				p.site.answers[url] = answers[string(rune('a'+i))]
				out = append(out, w.at(kind, url))
			}
		}
		return out
	}
}

func broken(p *painter) []figure {
	out := good(p, 1)
	for range 3 {
		w := p.inCorner()
		delete(p.site.answers, w.URL)
		w.format = "jpg"
		url := fmt.Sprintf("/pictures/%04d.jpg", p.number)
		p.site.answers[url] = answer{mediaType: mediaTypes["jpg"], body: w.halved}
		out = append(out, w.at(Truncated, url))
	}
	return out
}

func pageOptOut(p *painter) []figure {
	out := good(p, 4)
	for i := range out {
		out[i].Kind = PageOptOut
	}
	return out
}

func fileOptOut(p *painter) []figure {
	out := good(p, 1)
	for range 3 {
		w := p.inCorner()
		a := w.picture.answer()
		a.robots = "noimageai"
		p.site.answers[w.URL] = a
		out = append(out, w.as(FileOptOut, w.Alt))
	}
	return out
}

func disallowed(p *painter) []figure {
	out := good(p, 1)
	for range 3 {
		w := p.inCorner()
		url := strings.Replace(w.URL, "/pictures/", privateFolder, 1)
		delete(p.site.answers, w.URL)
		p.site.answers[url] = w.picture.answer()
		out = append(out, w.at(Disallowed, url))
	}
	return out
}

func moved(p *painter) []figure {
	out := good(p, 1)
	for range 2 {
		w := p.inCorner()
		url := strings.Replace(w.URL, "/pictures/", "/old/", 1)
		p.site.answers[url] = redirect(http.StatusMovedPermanently, w.URL)
		out = append(out, w.at(Redirected, url))
	}
	return out
}

func based(p *painter) []figure {
	out := good(p, 3)
	for i := range out {
		out[i].Src = strings.TrimPrefix(out[i].Src, "/pictures/")
	}
	return out
}

func entityCorner(p *painter) []figure {
	var out []figure
	for _, form := range []string{`“%s” – exposé n° 4`, `%s & more`, `"%s" <sketch>`} {
		w := p.inCorner()
		for len(w.scene.Things) > 1 { // one thing keeps these captions short
			w = p.inCorner()
		}
		out = append(out, w.as(Good, fmt.Sprintf(form, w.Alt)))
	}
	return out
}
