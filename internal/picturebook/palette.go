package picturebook

import (
	"image/color"
	"math/rand/v2"
)

// Objects are saturated and backgrounds pale, so that "a pink heart" and "a pink background" are told apart by eye.
var (
	objectTones = map[Colour]color.RGBA{
		"red":    {214, 32, 48, 255},
		"orange": {245, 130, 24, 255},
		"yellow": {250, 208, 20, 255},
		"green":  {38, 150, 66, 255},
		"blue":   {30, 92, 210, 255},
		"purple": {118, 44, 178, 255},
		"pink":   {240, 92, 160, 255},
		"brown":  {118, 70, 32, 255},
		"black":  {24, 24, 28, 255},
		"white":  {255, 255, 255, 255},
	}
	groundTones = map[Colour]color.RGBA{
		"white":  {248, 248, 245, 255},
		"grey":   {172, 177, 184, 255},
		"black":  {38, 40, 46, 255},
		"yellow": {255, 236, 150, 255},
		"green":  {168, 222, 164, 255},
		"blue":   {156, 202, 246, 255},
		"pink":   {250, 190, 210, 255},
		"purple": {204, 184, 240, 255},
		"orange": {255, 200, 142, 255},
	}
)

// minContrast is the least distance in RGB between a thing and its background. At 110 yellow on cream and white on pale
// yellow are out, while every colour keeps at least four backgrounds.
const minContrast = 110

func standsOut(thing, ground Colour) bool {
	a, b := objectTones[thing], groundTones[ground]
	dr, dg, db := int(a.R)-int(b.R), int(a.G)-int(b.G), int(a.B)-int(b.B)
	return thing != ground && dr*dr+dg*dg+db*db >= minContrast*minContrast
}

// tinted moves each channel by up to 7 of 255: no two paints are the same, and the name still holds.
func tinted(c color.RGBA, r *rand.Rand) color.RGBA {
	shift := func(v uint8) uint8 { return uint8(min(max(int(v)+r.IntN(15)-7, 0), 255)) }
	return color.RGBA{shift(c.R), shift(c.G), shift(c.B), 255}
}

// blend is a share t of b in a.
func blend(a, b color.RGBA, t float64) color.RGBA {
	mix := func(x, y uint8) uint8 { return uint8(float64(x) + (float64(y)-float64(x))*t + 0.5) }
	return color.RGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 255}
}

// faded is c at the given opacity, premultiplied.
func faded(c color.RGBA, opacity float64) color.RGBA {
	f := func(v uint8) uint8 { return uint8(float64(v)*opacity + 0.5) }
	return color.RGBA{f(c.R), f(c.G), f(c.B), f(c.A)}
}

// partner is the second tone of a pattern: darker where the ground is light, lighter where it is dark.
func partner(c color.RGBA) color.RGBA {
	if int(c.R)+int(c.G)+int(c.B) < 3*128 {
		return blend(c, color.RGBA{255, 255, 255, 255}, 0.16)
	}
	return blend(c, color.RGBA{60, 60, 80, 255}, 0.14)
}

var (
	ink   = color.RGBA{0, 0, 0, 255}
	paper = color.RGBA{255, 255, 255, 255}
)
