package imaging

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pairmill/schemas"
)

// bmpOf writes a BMP of w×h with a header of 40 bytes or more; extra are masks or a palette behind it.
func bmpOf(w, h int32, size, bits int, compression uint32, extra, pixels []byte) []byte {
	b := make([]byte, 14+size)
	le := binary.LittleEndian
	copy(b, "BM")
	le.PutUint32(b[10:], uint32(14+size+len(extra)))
	le.PutUint32(b[14:], uint32(size))
	le.PutUint32(b[18:], uint32(w))
	le.PutUint32(b[22:], uint32(h))
	le.PutUint16(b[26:], 1)
	le.PutUint16(b[28:], uint16(bits))
	if size >= 40 {
		le.PutUint32(b[30:], compression)
	}
	return append(append(b, extra...), pixels...)
}

func masks(v ...uint32) (b []byte) {
	for _, m := range v {
		b = binary.LittleEndian.AppendUint32(b, m)
	}
	return b
}

// threeColours is a palette of black, red and green, in BMP's order of blue first.
func threeColours() []byte { return []byte{0, 0, 0, 0, 0, 0, 255, 0, 0, 255, 0, 0} }

// craftedBMPs is one picture of 2×2 in every way of storing it: red and green above, black and red below.
func craftedBMPs() map[string][]byte {
	os2 := []byte("BM\x00\x00\x00\x00\x00\x00\x00\x00\x23\x00\x00\x00\x0c\x00\x00\x00\x02\x00\x02\x00\x01\x00\x08\x00\x00\x00\x00\x00\x00\xff\x00\xff\x00")
	p := threeColours()
	return map[string][]byte{
		"os/2 1":     append(os2, 0, 1, 0, 0, 1, 2, 0, 0),
		"os/2 2":     bmpOf(2, 2, 16, 8, 0, p, []byte{0, 1, 0, 0, 1, 2, 0, 0}),
		"8 bit":      bmpOf(2, 2, 40, 8, 0, p, []byte{0, 1, 0, 0, 1, 2, 0, 0}),
		"top down":   bmpOf(2, -2, 40, 8, 0, p, []byte{1, 2, 0, 0, 0, 1, 0, 0}),
		"4 bit":      bmpOf(2, 2, 40, 4, 0, p, []byte{0x01, 0, 0, 0, 0x12, 0, 0, 0}),
		"2 bit":      bmpOf(2, 2, 40, 2, 0, p, []byte{0x10, 0, 0, 0, 0x60, 0, 0, 0}),
		"no padding": bmpOf(2, 2, 40, 8, 0, p, []byte{0, 1, 0, 0, 1, 2}),
		"rle8":       bmpOf(2, 2, 40, 8, 1, p, []byte{1, 0, 1, 1, 0, 0, 1, 1, 1, 2, 0, 1}),
		"rle8 skips": bmpOf(2, 2, 40, 8, 1, p, []byte{0, 2, 1, 0, 1, 1, 0, 0, 0, 3, 1, 2, 9, 0, 0, 1}),
		"rle4":       bmpOf(2, 2, 40, 4, 2, p, []byte{2, 0x01, 0, 0, 2, 0x12, 0, 1}),
		"16 bit":     bmpOf(2, 2, 40, 16, 0, nil, []byte{0, 0, 0, 0x7c, 0, 0x7c, 0xe0, 3}),
		"565":        bmpOf(2, 2, 40, 16, 3, masks(0xf800, 0x7e0, 0x1f), []byte{0, 0, 0, 0xf8, 0, 0xf8, 0xe0, 7}),
		"24 bit":     bmpOf(2, 2, 40, 24, 0, nil, []byte{0, 0, 0, 0, 0, 255, 0, 0, 0, 0, 255, 0, 255, 0, 0, 0}),
		"32 bit":     bmpOf(2, 2, 40, 32, 0, nil, masks(0, 0xff0000, 0xff0000, 0xff00)),
		"masks":      bmpOf(2, 2, 40, 32, 3, masks(0xff, 0xff00, 0xff0000), masks(0, 0xff, 0xff, 0xff00)),
		"alpha":      bmpOf(2, 2, 40, 32, 6, masks(0xff, 0xff00, 0xff0000, 0xff000000), masks(0xff000000, 0xff0000ff, 0xff0000ff, 0xff00ff00)),
		"alpha of 0": bmpOf(2, 2, 40, 32, 6, masks(0xff, 0xff00, 0xff0000, 0xff000000), masks(0, 0xff, 0xff, 0xff00)),
	}
}

func TestBMPInEveryWay(t *testing.T) {
	t.Parallel()
	want := &Pixels{W: 2, H: 2, Pix: []byte{255, 0, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0}}
	all := craftedBMPs()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		got, err := Decode(all[name], Limits{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if worst := maxDiff(t, got, want); worst != 0 {
			t.Errorf("%s: %v", name, got.Pix)
		}
	}
}

func TestBMPHalfTransparent(t *testing.T) {
	t.Parallel()
	data := bmpOf(2, 1, 40, 32, 6, masks(0xff, 0xff00, 0xff0000, 0xff000000), masks(0x800000ff, 0))
	got, err := Decode(data, Limits{})
	if err != nil || fmt.Sprint(got.Pix) != "[255 127 127 255 255 255]" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestBMPRefused(t *testing.T) {
	t.Parallel()
	p := threeColours()
	for name, c := range map[string]struct {
		data   []byte
		reason schemas.Reason
	}{
		"embedded png":  {bmpOf(2, 2, 40, 0, 5, nil, make([]byte, 99)), schemas.ImageUnsupported},
		"rle of 4 in 8": {bmpOf(2, 2, 40, 8, 2, p, make([]byte, 99)), schemas.ImageUnsupported},
		"64 bit":        {bmpOf(2, 2, 40, 64, 0, nil, make([]byte, 99)), schemas.ImageUnsupported},
		"no end":        {bmpOf(2, 2, 40, 8, 1, p, []byte{1, 0}), schemas.ImageTruncated},
		"half literal":  {bmpOf(2, 2, 40, 8, 1, p, []byte{0, 9, 1, 1}), schemas.ImageTruncated},
		"half skip":     {bmpOf(2, 2, 40, 8, 1, p, []byte{0, 2, 1}), schemas.ImageTruncated},
		"no masks":      {bmpOf(2, 2, 40, 32, 3, nil, nil), schemas.ImageTruncated},
		"last row":      {bmpOf(2, 2, 40, 8, 0, p, []byte{0, 1, 0, 0, 1}), schemas.ImageTruncated},
	} {
		if _, err := Decode(c.data, Limits{}); ReasonOf(err) != c.reason {
			t.Errorf("%s: %v, want %s", name, err, c.reason)
		}
	}
}
