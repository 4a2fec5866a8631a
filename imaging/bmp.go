package imaging

import (
	"encoding/binary"

	"pairmill/schemas"
)

// Values of biCompression. OS/2 gives 3 and 4 other meanings.
const (
	bmpPlain      = 0
	bmpRLE8       = 1
	bmpRLE4       = 2
	bmpMasks      = 3
	bmpAlphaMasks = 6
)

// bmpFile is the header of a BMP: Windows versions 3 to 5 ([MS-WMF] 2.2.2, BITMAPV5HEADER), OS/2 1 and 2.
type bmpFile struct {
	w, h        int // upright
	topDown     bool
	bits        int
	compression uint32
	masks       [4]uint32 // red, green, blue, alpha
	palette     [][3]byte
	pixels      []byte // from the first stored row to the end of the file
}

// bmpHeader reads the DIB header. Uncompressed pixels must all be there: a header of 54 bytes may not cost hundreds of
// megabytes.
func bmpHeader(data []byte) (Header, error) {
	f, err := parseBMP(data)
	return Header{Width: f.w, Height: f.h, perPixel: 1 + 3, collected: true}, err // RLE holds indices beside the result
}

func parseBMP(data []byte) (bmpFile, error) {
	le := binary.LittleEndian
	f := bmpFile{}
	size := 0
	if len(data) >= 18 {
		size = int(data[14])
	}
	if size == 0 || len(data) < 14+size || len(data) < 26 {
		return f, refuse(schemas.ImageTruncated, "bmp header of %d bytes", len(data))
	}
	if size == 12 {
		f.w, f.h, f.bits = int(le.Uint16(data[18:])), int(le.Uint16(data[20:])), int(le.Uint16(data[24:]))
	} else {
		w, ht := int64(int32(le.Uint32(data[18:]))), int64(int32(le.Uint32(data[22:])))
		f.topDown = ht < 0
		f.w, f.h, f.bits = clampSide(uint32(max(w, 0))), clampSide(uint32(max(ht, -ht))), int(le.Uint16(data[28:]))
	}
	if size >= 40 {
		f.compression = le.Uint32(data[30:])
	}
	if err := f.layout(size); err != nil {
		return f, err
	}
	return f, f.collect(data, size)
}

// layout refuses what is not decoded, by name.
func (f *bmpFile) layout(size int) error {
	direct := f.bits == 16 || f.bits == 32
	indexed := f.bits == 1 || f.bits == 2 || f.bits == 4 || f.bits == 8
	ok := false
	switch f.compression {
	case bmpPlain:
		ok = direct || indexed || f.bits == 24
	case bmpRLE8:
		ok = f.bits == 8
	case bmpRLE4:
		ok = f.bits == 4
	case bmpMasks, bmpAlphaMasks:
		ok = direct && size != 64
	}
	if !ok {
		return refuse(schemas.ImageUnsupported, "bmp of %d bits with compression %d", f.bits, f.compression)
	}
	return nil
}

// collect reads masks and palette, which follow the header, and finds the pixels.
func (f *bmpFile) collect(data []byte, size int) error {
	le := binary.LittleEndian
	at := 14 + size
	f.masks = [4]uint32{0x7c00, 0x3e0, 0x1f, 0}
	if f.bits == 32 {
		f.masks = [4]uint32{0xff0000, 0xff00, 0xff, 0}
	}
	if f.compression == bmpMasks || f.compression == bmpAlphaMasks {
		n := 3
		if f.compression == bmpAlphaMasks || size >= 56 {
			n = 4
		}
		if len(data) < 54+n*4 {
			return refuse(schemas.ImageTruncated, "bmp masks in %d bytes", len(data))
		}
		for i := range n {
			f.masks[i] = le.Uint32(data[54+i*4:])
		}
		at = max(at, 54+n*4)
	}
	if f.bits <= 8 {
		at = f.readPalette(data, size, at)
	}
	if start := le.Uint32(data[10:]); int64(start) >= int64(14+size) && int64(start) <= int64(len(data)) {
		at = int(start)
	}
	f.pixels = data[at:]
	return f.whole(len(data))
}

// readPalette returns where the palette ends. One that runs into the pixels is cut there.
func (f *bmpFile) readPalette(data []byte, size, at int) int {
	le := binary.LittleEndian
	entry, n := 4, 1<<f.bits
	if size == 12 {
		entry = 3
	}
	end := len(data)
	if start := le.Uint32(data[10:]); int64(start) >= int64(at) && int64(start) < int64(end) {
		end = int(start)
	}
	if size >= 40 {
		if used := le.Uint32(data[46:]); used > 0 {
			n = int(min(used, 1<<f.bits))
		}
	}
	n = min(n, (end-at)/entry)
	for i := range n {
		e := data[at+i*entry:]
		f.palette = append(f.palette, [3]byte{e[2], e[1], e[0]})
	}
	return at + n*entry
}

// whole wants all rows of an uncompressed picture; padding behind the last may lack.
func (f *bmpFile) whole(size int) error {
	if f.compression == bmpRLE8 || f.compression == bmpRLE4 || f.w == 0 || f.h == 0 {
		return nil
	}
	room, row := int64(len(f.pixels)), (int64(f.w)*int64(f.bits)+7)/8
	if row > room || (int64(f.w)*int64(f.bits)+31)/32*4*int64(f.h-1)+row > room {
		return refuse(schemas.ImageTruncated, "bmp of %d×%d at %d bits in %d bytes", f.w, f.h, f.bits, size)
	}
	return nil
}
