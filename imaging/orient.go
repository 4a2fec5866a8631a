package imaging

// walk describes how to read a stored picture so that it comes out upright: the byte offset of the upright top left
// pixel, and the steps for one pixel to the right and one down.
type walk struct{ base, right, down int }

// orientationWalk covers the eight values of EXIF tag 274 (CIPA DC-008, 4.6.5.1.6) for a stored w×h picture.
func orientationWalk(orientation, w, h int) walk {
	const px = 3
	row := w * px
	lastX, lastY := (w-1)*px, (h-1)*row
	switch orientation {
	case 2:
		return walk{lastX, -px, row}
	case 3:
		return walk{lastX + lastY, -px, -row}
	case 4:
		return walk{lastY, px, -row}
	case 5:
		return walk{0, row, px}
	case 6:
		return walk{lastY, -row, px}
	case 7:
		return walk{lastX + lastY, -row, -px}
	case 8:
		return walk{lastX, row, -px}
	}
	return walk{0, px, row}
}

// upright applies an EXIF orientation. Orientation 1 returns p itself.
func (p *Pixels) upright(orientation int, mem *loan) *Pixels {
	if orientation < 2 || orientation > 8 {
		return p
	}
	w, h := p.W, p.H
	if orientation >= 5 {
		w, h = h, w
	}
	out := mem.pixels(w, h)
	k := orientationWalk(orientation, p.W, p.H)
	at := 0
	for y := range h {
		from := k.base + y*k.down
		for range w {
			copy(out.Pix[at:at+3], p.Pix[from:from+3])
			at += 3
			from += k.right
		}
	}
	return out
}
