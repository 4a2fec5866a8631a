package picturesite

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"pairmill/internal/picturebook"
)

// painter makes the pictures of a site, numbered from 1, and hangs them: what it gives out is a figure whose URL answers.
type painter struct {
	site   *Site
	number int
	shapes map[string]uint64 // for each room, how much of the held-out stream it has looked through
	any    uint64            // the same for everything else, from cornerStart on
}

// cornerStart keeps the corners' pictures, whose number never changes, the same whatever the size of the rooms.
const cornerStart = 1 << 32

// work is a picture with what can be said of it.
type work struct {
	picture
	figure
	words *rand.Rand // phrases more captions
	from  uint64     // index of its scene
}

var (
	sides = []int{160, 200, 256, 320, 400, 224}
	kinds = []string{"jpg", "png", "jpg", "jpg", "gif", "jpg", "jpg", "png", "bmp", "jpg"}
)

// inRoom paints the next scene of a shape.
func (p *painter) inRoom(shape string) work {
	for {
		i := p.shapes[shape]
		p.shapes[shape]++
		if _, s := picturebook.Heldout(i).Label(); s == shape {
			return p.hang(i)
		}
	}
}

// inCorner paints the next scene of any shape.
func (p *painter) inCorner() work {
	p.any++
	return p.hang(cornerStart + p.any)
}

// hang paints a scene of the stream in a size and format that depend on its number, and gives it a URL.
func (p *painter) hang(index uint64) work {
	p.number++
	r := picturebook.HeldoutRand(index)
	side := sides[p.number%len(sides)]
	w := work{words: r, from: index}
	w.picture = picture{scene: picturebook.Random(r), width: side, height: side, format: kinds[p.number%len(kinds)]}
	switch p.number % 16 {
	case 3:
		w.width = side * 4 / 3
	case 11:
		w.height = side * 5 / 4
	}
	url := fmt.Sprintf("/pictures/%04d.%s", p.number, w.format)
	w.figure = figure{Src: url, URL: url, Alt: w.scene.Caption(r), Kind: Good, Note: w.note(p.number)}
	p.site.answers[url] = w.answer()
	return w
}

// as changes kind and caption of a figure.
func (f figure) as(kind Kind, alt string) figure {
	f.Kind, f.Alt = kind, alt
	return f
}

// at changes kind and URL of a figure.
func (f figure) at(kind Kind, url string) figure {
	f.Kind, f.Src, f.URL = kind, url, url
	return f
}

// again is another true caption for the same picture.
func (w work) again() string {
	for {
		if alt := w.scene.Describe(w.words); alt != w.Alt {
			return alt
		}
	}
}

// wrong is the caption of a picture that shares no colour and no shape with this one.
func (w work) wrong() string {
	for i := w.from + 1; ; i++ {
		r := picturebook.HeldoutRand(i)
		if other := picturebook.Random(r); !alike(w.scene, other) {
			return other.Caption(r)
		}
	}
}

func alike(a, b picturebook.Scene) bool {
	for _, x := range a.Things {
		for _, y := range b.Things {
			if x.Colour == y.Colour || x.Shape == y.Shape {
				return true
			}
		}
	}
	return false
}

// mirror is the same file under another URL: elsewhere, or with a query that changes nothing.
func (p *painter) mirror(w work) string {
	if p.number%2 == 0 {
		return w.URL + "?size=full"
	}
	url := strings.Replace(w.URL, "/pictures/", "/mirror/", 1)
	p.site.answers[url] = w.answer()
	return url
}
