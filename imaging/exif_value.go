package imaging

import (
	"bytes"
	"math"
	"strings"
	"unicode/utf8"
)

// exifValue is one tag's value. Text is ASCII's, and nil for every other type.
type exifValue struct {
	kind  uint16
	count uint32
	list  []exifNumber
	text  []byte
}

// exifNumber is an integer, a ratio (den is set by isRatio), or a float.
type exifNumber struct {
	num, den int64
	float    float64
	is       byte // 'i', 'r' or 'f'
}

// exifSize is the size of one value of each type (TIFF 6.0, section 2; 13 is IFD).
func exifSize(kind uint16) uint64 {
	if kind == 0 || kind > 13 {
		return 0
	}
	return [...]uint64{0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4}[kind]
}

// value reads the value of an entry; false for an unknown type.
func (d *exifDump) value(entry uint64) (exifValue, bool) {
	v := exifValue{kind: d.uint16(entry + 2), count: d.uint32(entry + 4)}
	size := exifSize(v.kind)
	if size == 0 {
		return v, false
	}
	at := entry + 8
	if uint64(v.count)*size > 4 {
		at = uint64(d.uint32(at))
	}
	if v.kind == 2 {
		v.text = d.ascii(at, v.count)
		return v, true
	}
	if v.count > maxExifList {
		return v, true
	}
	for range v.count {
		n, ok := d.number(v.kind, at, size)
		if !ok {
			return v, false
		}
		v.list = append(v.list, n)
		at += size
	}
	return v, true
}

func (d *exifDump) ascii(at uint64, count uint32) []byte {
	if at >= uint64(len(d.block)) {
		return []byte{}
	}
	text := d.block[at:]
	text = text[:min(uint64(len(text)), uint64(count), maxExifLine)]
	text, _, _ = bytes.Cut(text, []byte{0})
	return append([]byte{}, text...)
}

// number reads one value. Past the end of the file there are zeros; one that is cut is none.
func (d *exifDump) number(kind uint16, at, size uint64) (exifNumber, bool) {
	var zeros [8]byte
	b := d.block[min(at, uint64(len(d.block))):]
	if len(b) == 0 && kind != 11 && kind != 12 {
		b = zeros[:]
	}
	switch {
	case uint64(len(b)) >= size:
	case kind == 11 || kind == 12:
		return exifNumber{num: -1, is: 'i'}, true // exifread's mark of a float that is not there
	default:
		return exifNumber{}, false
	}
	return d.decoded(kind, b), true
}

func (d *exifDump) decoded(kind uint16, b []byte) exifNumber {
	whole := func(n int64) exifNumber { return exifNumber{num: n, is: 'i'} }
	switch kind {
	case 1, 7:
		return whole(int64(b[0]))
	case 3:
		return whole(int64(d.order.Uint16(b)))
	case 5:
		return ratio(int64(d.order.Uint32(b)), int64(d.order.Uint32(b[4:])))
	case 6:
		return whole(int64(int8(b[0])))
	case 8:
		return whole(int64(int16(d.order.Uint16(b))))
	case 9:
		return whole(int64(int32(d.order.Uint32(b))))
	case 10:
		return ratio(int64(int32(d.order.Uint32(b))), int64(int32(d.order.Uint32(b[4:]))))
	case 11:
		return exifNumber{float: float64(math.Float32frombits(d.order.Uint32(b))), is: 'f'}
	case 12:
		return exifNumber{float: math.Float64frombits(d.order.Uint64(b)), is: 'f'}
	}
	return whole(int64(d.order.Uint32(b)))
}

// ratio reduces, with the sign above; over zero it stays as it is.
func ratio(num, den int64) exifNumber {
	a, b := num, den
	for b != 0 {
		a, b = b, a%b
	}
	if den != 0 {
		if a < 0 == (den > 0) {
			a = -a
		}
		num, den = num/a, den/a
	}
	return exifNumber{num: num, den: den, is: 'r'}
}

// first returns the offset that a pointer tag holds.
func (v exifValue) first() (uint32, bool) {
	if len(v.list) == 0 || v.list[0].is != 'i' || v.list[0].num < 0 {
		return 0, false
	}
	return uint32(v.list[0].num), true
}

// written is what Python prints of the value.
func (v exifValue) written(t exifTag) string {
	switch {
	case t.style == "text":
		return v.letters(v.list, v.text)
	case t.style == "comment":
		return v.comment()
	case t.words != nil:
		return v.inWords(t.words)
	}
	return v.plain()
}

func (v exifValue) plain() string {
	switch {
	case v.kind == 2 && utf8.Valid(v.text):
		return string(v.text)
	case v.kind == 2 && v.count > 50 && len(v.text) > 20:
		shown := pythonBytes(v.text[:20])
		return shown[:len(shown)-1] + ", ... ]"
	case v.kind == 2:
		return pythonBytes(v.text)
	case v.count == 1:
		return v.list[0].String()
	case v.count > 50 && len(v.list) > 20:
		return "[" + joined(v.list[:20], ", ") + ", ... ]"
	}
	return "[" + joined(v.list, ", ") + "]"
}

func joined(list []exifNumber, by string) string {
	parts := make([]string, len(list))
	for i, n := range list {
		parts[i] = n.String()
	}
	return strings.Join(parts, by)
}

// inWords joins the words of all values; a value without a word is written as itself.
func (v exifValue) inWords(words map[int64]string) string {
	var out strings.Builder
	if v.kind == 2 {
		for _, r := range string(v.text) {
			out.WriteString("'" + string(r) + "'")
		}
	}
	for _, n := range v.list {
		word, ok := words[n.num]
		if !ok || n.is == 'f' || n.is == 'r' && n.den != 1 {
			word = n.String()
		}
		out.WriteString(word)
	}
	return out.String()
}
