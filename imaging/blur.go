package imaging

import (
	"image"
	"math"
)

// blur hides the boxes in place: a Gaussian of the whole picture is laid over it through a mask, which is 1 in the boxes
// and blurred by the same Gaussian. All boxes share the strength that the largest needs. Pixels that the mask does not
// reach keep their values.
func (p *Pixels) blur(boxes []Box) {
	var areas []image.Rectangle
	longest := 0
	for _, b := range boxes {
		r := b.pixels(p.W, p.H)
		longest = max(longest, r.Dx(), r.Dy())
		areas = append(areas, grown(r, p.W, p.H))
	}
	if longest == 0 {
		return
	}
	sigma := blurSigma * float64(longest)
	reach := int(math.Ceil(4 * sigma))
	var touched image.Rectangle
	for _, r := range areas {
		if !r.Empty() {
			touched = touched.Union(r.Inset(-reach))
		}
	}
	whole := image.Rect(0, 0, p.W, p.H)
	touched = touched.Intersect(whole)
	if touched.Empty() {
		return
	}
	mask := newFloats(touched, 1)
	for _, r := range areas {
		mask.fill(r)
	}
	seen := touched.Inset(-reach).Intersect(whole)
	picture := newFloats(seen, 3)
	picture.load(p)
	p.lay(picture.gaussian(sigma), mask.gaussian(sigma), touched)
}

// lay blends the blurred plane into p.
func (p *Pixels) lay(blurred, mask *floats, in image.Rectangle) {
	for y := in.Min.Y; y < in.Max.Y; y++ {
		for x := in.Min.X; x < in.Max.X; x++ {
			share := mask.at(x, y)[0]
			if share <= 0 {
				continue
			}
			d := p.Pix[(y*p.W+x)*3:][:3]
			s := blurred.at(x, y)
			for c := range d {
				d[c] = round8(float32(d[c])*(1-share) + s[c]*share)
			}
		}
	}
}
