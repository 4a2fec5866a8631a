package picturebook

import (
	"math/rand/v2"
	"strings"
)

// detail is what a caption mentions besides number, colour and shape.
type detail struct{ size, style, place, ground, pattern bool }

// Caption describes the scene the way alt texts do: at any length, from "Red circle" to a full sentence, and not always with
// every fact. Number, colour and shape of all things are always there.
func (s Scene) Caption(r *rand.Rand) string {
	if r.IntN(6) == 0 {
		return s.worded(r, detail{})
	}
	return s.worded(r, detail{
		size:    r.IntN(10) < 7,
		style:   r.IntN(10) < 7,
		place:   r.IntN(10) < 6,
		ground:  r.IntN(10) < 7,
		pattern: r.IntN(10) < 7,
	})
}

// Describe is a caption that leaves nothing out. What is not said is ordinary: medium size, filled, a plain background, and
// the middle for a large thing.
func (s Scene) Describe(r *rand.Rand) string {
	return s.worded(r, detail{true, true, true, true, true})
}

// worded picks one phrasing.
func (s Scene) worded(r *rand.Rand, d detail) string {
	text := s.subject(r, d)
	ground := s.Ground.phrase(r, d)
	switch {
	case !d.ground:
		text = framed(r, text)
	case r.IntN(6) == 0:
		text = ground + ", " + text
	default:
		text = framed(r, text) + " " + ground
	}
	if r.IntN(3) == 0 {
		text = strings.ToUpper(text[:1]) + text[1:]
	}
	if r.IntN(5) == 0 {
		text += "."
	}
	return text
}

// framed says that it is a picture, or drops the article as alt texts do, or leaves the phrase alone.
func framed(r *rand.Rand, text string) string {
	switch r.IntN(8) {
	case 0, 1:
		return oneOf(r, "a picture of", "a drawing of", "an image of", "a photo of", "an illustration of", "picture of",
			"drawing of", "clip art of", "this image shows", "you see", "a picture with") + " " + text
	case 2, 3:
		for _, article := range []string{"a ", "an "} {
			if rest, ok := strings.CutPrefix(text, article); ok {
				return rest
			}
		}
	}
	return text
}

// subject is the things and where they are.
func (s Scene) subject(r *rand.Rand, d detail) string {
	if len(s.Things) == 2 {
		return s.couple(r, d)
	}
	t := s.Things[0]
	text := t.phrase(r, d)
	if !d.place || t.Size == Large && t.Count == 1 && r.IntN(3) > 0 {
		return text
	}
	return text + " " + oneOf(r, placeWords[s.Place]...)
}

// couple relates two things; without place it only lists them.
func (s Scene) couple(r *rand.Rand, d detail) string {
	a, b := s.Things[0].phrase(r, d), s.Things[1].phrase(r, d)
	if !d.place {
		return oneOf(r, a+" and "+b, b+" and "+a, a+" with "+b, b+" next to "+a)
	}
	if s.Place == LeftOf {
		return oneOf(r, a+" to the left of "+b, a+" left of "+b, b+" to the right of "+a, b+" right of "+a,
			a+" on the left and "+b+" on the right", b+" on the right and "+a+" on the left")
	}
	return oneOf(r, a+" above "+b, a+" over "+b, b+" below "+a, b+" under "+a, a+" on top of "+b,
		a+" at the top and "+b+" at the bottom", b+" at the bottom and "+a+" at the top")
}

// phrase is number, size, style, colour and noun: "three small hatched green stars".
func (t Thing) phrase(r *rand.Rand, d detail) string {
	var words []string
	if d.size && (t.Size != Medium || r.IntN(4) == 0) {
		words = append(words, oneOf(r, sizeWords[t.Size]...))
	}
	if d.style && (t.Style != Filled || r.IntN(4) == 0) {
		words = append(words, oneOf(r, styleWords[t.Style]...))
	}
	words = append(words, string(t.Colour), noun(r, t.Shape, t.Count))
	if t.Count > 1 {
		return oneOf(r, countWords[t.Count]...) + " " + strings.Join(words, " ")
	}
	return withArticle(strings.Join(words, " "))
}

func noun(r *rand.Rand, s Shape, count int) string {
	name := string(s)
	if s == "crescent" && r.IntN(3) == 0 {
		name = "crescent moon"
	}
	switch {
	case count == 1:
		return name
	case s == "cross":
		return name + "es"
	}
	return name + "s"
}

// phrase is "on a striped blue background" in one of its forms.
func (g Ground) phrase(r *rand.Rand, d detail) string {
	colour := string(g.Colour)
	if g.Colour == "grey" && r.IntN(2) == 0 {
		colour = "gray"
	}
	pattern := g.Pattern
	if !d.pattern {
		pattern = ""
	}
	form := oneOf(r, groundForms[pattern]...)
	before, after, _ := strings.Cut(form, "*")
	text := before + colour + after
	if strings.HasSuffix(text, " background") || strings.Contains(text, " background with") || strings.HasSuffix(text, " gradient") {
		text = withArticle(text)
	}
	return oneOf(r, "on", "on", "on", "against") + " " + text
}

// withArticle puts "a" or "an" before a phrase, by its first letter: no word used here is an exception.
func withArticle(text string) string {
	if strings.ContainsRune("aeiou", rune(text[0])) {
		return "an " + text
	}
	return "a " + text
}

func oneOf(r *rand.Rand, from ...string) string { return pick(r, from) }
