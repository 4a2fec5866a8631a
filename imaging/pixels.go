package imaging

// Pixels is a picture in 8-bit RGB, row by row without padding: len(Pix) = W × H × 3.
type Pixels struct {
	W, H int
	Pix  []byte
}

func newPixels(w, h int) *Pixels {
	return &Pixels{W: w, H: h, Pix: make([]byte, w*h*3)}
}

// paste copies src into p with its top left corner at (x, y). It must fit.
func (p *Pixels) paste(src *Pixels, x, y int) {
	for row := range src.H {
		copy(p.Pix[((y+row)*p.W+x)*3:], src.Pix[row*src.W*3:(row+1)*src.W*3])
	}
}
