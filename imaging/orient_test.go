package imaging

import (
	"encoding/binary"
	"fmt"
	"testing"
)

// turns tells where the four quarters of a picture, A B over C D as stored, lie once upright.
func turns() map[int]string {
	return map[int]string{1: "ABCD", 2: "BADC", 3: "DCBA", 4: "CDAB", 5: "ACBD", 6: "CADB", 7: "DBCA", 8: "BDAC"}
}

// quarters draws A black, B red, C green, D blue.
func quarters(w, h int) *Pixels {
	p := newPixels(w, h)
	for y := range h {
		for x := range w {
			if q := x*2/w + y*2/h*2; q > 0 {
				p.Pix[(y*w+x)*3+q-1] = 255
			}
		}
	}
	return p
}

// readQuarters is its inverse, from the middle of each quarter.
func readQuarters(p *Pixels) string {
	var s []byte
	for _, y := range []int{p.H / 4, p.H * 3 / 4} {
		for _, x := range []int{p.W / 4, p.W * 3 / 4} {
			q := byte('A')
			for c := range 3 {
				if p.Pix[(y*p.W+x)*3+c] > 128 {
					q = byte('B' + c)
				}
			}
			s = append(s, q)
		}
	}
	return string(s)
}

func TestOrientation(t *testing.T) {
	t.Parallel()
	plain := sample(t, JPEG, quarters(80, 40))
	for o, want := range turns() {
		data := jpegWithExif(plain, uint16(o))
		p, err := Decode(data, Limits{})
		if err != nil || readQuarters(p) != want || (p.W > p.H) != (o < 5) {
			t.Errorf("decode, orientation %d: %s, want %s, %v", o, readQuarters(p), want, err)
		}
		for _, mode := range Modes() {
			proc, err := New(Config{Side: 20, Mode: mode})
			if err != nil {
				t.Fatal(err)
			}
			r, err := proc.Process(data)
			if err != nil {
				t.Fatal(err)
			}
			if w, h := 80, 40; o < 5 && (r.OriginalWidth != w || r.OriginalHeight != h) || o >= 5 && (r.OriginalWidth != h || r.OriginalHeight != w) {
				t.Errorf("orientation %d: original %d×%d", o, r.OriginalWidth, r.OriginalHeight)
			}
			p, err := Decode(r.Data, Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if got := readQuarters(inner(p, mode, o)); got != want || r.Orientation != o || p.W != r.Width || p.H != r.Height {
				t.Errorf("%s, orientation %d: %s, want %s; %+v", mode, o, got, want, r)
			}
		}
	}
}

// inner cuts the white border off.
func inner(p *Pixels, mode Mode, orientation int) *Pixels {
	if mode != Border {
		return p
	}
	g := geometry{w: 20, h: 20, outW: 20, outH: 10, y: -5}
	if orientation >= 5 {
		g = geometry{w: 20, h: 20, outW: 10, outH: 20, x: -5}
	}
	return g.fit(p, nil)
}

func TestOrientationInOtherFormats(t *testing.T) {
	t.Parallel()
	png := sample(t, PNG, quarters(8, 4))
	withExif := append(append(append([]byte{}, png[:33]...), pngChunk("eXIf", exifBlock(binary.LittleEndian, 6))...), png[33:]...)
	for name, data := range map[string][]byte{"png": withExif, "tiff": turnedTIFF(t)} {
		p, err := Decode(data, Limits{})
		if err != nil || p.W != 4 || p.H != 8 || readQuarters(p) != turns()[6] {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
}

// turnedTIFF adds the tag behind the offset of the strips (273), where its number belongs.
func turnedTIFF(t *testing.T) []byte {
	data := sample(t, TIFF, quarters(8, 4))
	order, at, _ := tiffStart(data)
	for i := range int(order.Uint16(data[at:])) {
		if order.Uint16(data[int(at)+2+i*12:]) == 273 {
			return insertTag(data, int(at), i+1)
		}
	}
	t.Fatal("no strips")
	return nil
}

// insertTag moves the directory of a little-endian file to its end, with one entry more.
func insertTag(data []byte, at, i int) []byte {
	le := binary.LittleEndian
	n := int(le.Uint16(data[at:]))
	out := append([]byte{}, data...)
	le.PutUint32(out[4:], uint32(len(out)))
	out = le.AppendUint16(out, uint16(n+1))
	out = append(out, data[at+2:at+2+i*12]...)
	out = le.AppendUint16(out, tagOrientation)
	out = le.AppendUint16(out, 3)
	out = le.AppendUint32(out, 1)
	out = append(le.AppendUint16(out, 6), 0, 0)
	return append(out, data[at+2+i*12:at+2+n*12+4]...)
}

func TestBadExifIsIgnored(t *testing.T) {
	t.Parallel()
	good := exifBlock(binary.LittleEndian, 6)
	for n := range good {
		if got := exifOrientation(good[:n]); got != 1 && n < len(good)-6 {
			t.Errorf("%d bytes: %d", n, got)
		}
	}
	for _, v := range []uint16{0, 9, 6 << 8} {
		if got := exifOrientation(exifBlock(binary.BigEndian, v)); got != 1 {
			t.Errorf("%d: %d", v, got)
		}
	}
	if got := fmt.Sprint(exifOrientation(good), exifOrientation(append([]byte("Exif\x00\x00"), good...))); got != "6 6" {
		t.Error(got)
	}
}
