package imaging

import "testing"

// BenchmarkProcess takes a 1600×1200 JPEG to img2dataset's 341×256 at quality 95.
func BenchmarkProcess(b *testing.B) {
	p, err := New(Config{Mode: KeepRatio})
	if err != nil {
		b.Fatal(err)
	}
	data := sample(b, JPEG, photograph(1600, 1200))
	b.Logf("codec %s, %d bytes", Codec, len(data))
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Process(data); err != nil {
			b.Fatal(err)
		}
	}
}

// photograph mixes slow colour with some noise, so that JPEG has about as much to do as with a real one.
func photograph(w, h int) *Pixels {
	p, n := smooth(w, h), noise(w/4, h/4)
	for y := range h {
		for x := range w {
			for c := range 3 {
				d := &p.Pix[(y*w+x)*3+c]
				*d = byte((int(*d)*15 + int(n.Pix[(y/4*(w/4)+x/4)*3+c])) / 16)
			}
		}
	}
	return p
}
