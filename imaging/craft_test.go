package imaging

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// sample encodes one picture in each decoded format.
func sample(t testing.TB, f Format, p *Pixels) []byte {
	t.Helper()
	var buf bytes.Buffer
	var err error
	switch f {
	case JPEG:
		err = jpeg.Encode(&buf, p.rgba(), &jpeg.Options{Quality: 95})
	case PNG:
		err = png.Encode(&buf, p.rgba())
	case GIF:
		err = gif.Encode(&buf, p.rgba(), nil)
	case BMP:
		err = bmp.Encode(&buf, p.rgba())
	case TIFF:
		err = tiff.Encode(&buf, p.rgba(), &tiff.Options{Compression: tiff.Deflate})
	case WebP, AVIF:
		var data []byte
		data, err = os.ReadFile(map[Format]string{WebP: "testdata/webp_lossy.webp", AVIF: "testdata/avif_small.avif"}[f])
		buf.Write(data)
	}
	if err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func decodedFormats() []Format { return []Format{JPEG, PNG, GIF, BMP, TIFF, WebP, AVIF} }

// exifBlock is an Exif payload with nothing but an orientation.
func exifBlock(order binary.AppendByteOrder, orientation uint16) []byte {
	b := []byte("MM\x00*")
	if order == binary.AppendByteOrder(binary.LittleEndian) {
		b = []byte("II*\x00")
	}
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 1)
	b = order.AppendUint16(b, tagOrientation)
	b = order.AppendUint16(b, 3)
	b = order.AppendUint32(b, 1)
	b = order.AppendUint16(b, orientation)
	return append(b, 0, 0, 0, 0, 0, 0)
}

// jpegSegment writes a marker with its length.
func jpegSegment(marker byte, body ...byte) []byte {
	b := []byte{0xff, marker}
	b = binary.BigEndian.AppendUint16(b, uint16(len(body)+2))
	return append(b, body...)
}

func jpegWithExif(data []byte, orientation uint16) []byte {
	segment := jpegSegment(0xe1, append([]byte("Exif\x00\x00"), exifBlock(binary.BigEndian, orientation)...)...)
	return append(append(append([]byte{}, data[:2]...), segment...), data[2:]...)
}

// flatJPEG writes 8×8 pixels of one colour, given as stored samples, as a baseline JPEG with constant blocks. adobe < 0
// leaves the Adobe marker out; otherwise it is the colour transform.
func flatJPEG(adobe int, samples ...byte) []byte {
	b := []byte{0xff, 0xd8}
	if adobe >= 0 {
		b = append(b, jpegSegment(0xee, append([]byte("Adobe\x00\x64\x00\x00\x00\x00"), byte(adobe))...)...)
	}
	table := append([]byte{0}, bytes.Repeat([]byte{8}, 64)...)
	b = append(b, jpegSegment(0xdb, table...)...)
	frame, scan := []byte{8, 0, 8, 0, 8, byte(len(samples))}, []byte{byte(len(samples))}
	for i := range samples {
		frame, scan = append(frame, byte(i+1), 0x11, 0), append(scan, byte(i+1), 0)
	}
	b = append(b, jpegSegment(0xc0, frame...)...)
	dc := append([]byte{0}, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) // twelve codes of four bits
	b = append(b, jpegSegment(0xc4, append(dc, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)...)...)
	ac := append([]byte{0x10}, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) // one code of one bit: end of block
	b = append(b, jpegSegment(0xc4, append(ac, 0)...)...)
	b = append(b, jpegSegment(0xda, append(scan, 0, 63, 0)...)...)
	var bits []byte
	put := func(v, n int) {
		for n--; n >= 0; n-- {
			bits = append(bits, byte(v>>n&1))
		}
	}
	for _, s := range samples {
		diff, size := int(s)-128, 0
		for v := max(diff, -diff); v > 0; v >>= 1 {
			size++
		}
		put(size, 4)
		if diff < 0 {
			diff += 1<<size - 1
		}
		put(diff, size)
		put(0, 1)
	}
	for len(bits)%8 != 0 {
		bits = append(bits, 1)
	}
	for i := 0; i < len(bits); i += 8 {
		var v byte
		for _, bit := range bits[i : i+8] {
			v = v<<1 | bit
		}
		if b = append(b, v); v == 0xff {
			b = append(b, 0)
		}
	}
	return append(b, 0xff, 0xd9)
}

func pngChunk(id string, body []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	b = append(append(b, id...), body...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// zeroPNG writes a PNG of zero samples, w×h as declared, with only rows rows of them inside.
func zeroPNG(w, h, rows, bits, colour int) []byte {
	head := binary.BigEndian.AppendUint32(nil, uint32(w))
	head = binary.BigEndian.AppendUint32(head, uint32(h))
	head = append(head, byte(bits), byte(colour), 0, 0, 0)
	channels := map[int]int{0: 1, 2: 3, 6: 4}[colour]
	var z bytes.Buffer
	zw, _ := zlib.NewWriterLevel(&z, zlib.BestCompression)
	row := make([]byte, 1+(w*channels*bits+7)/8)
	for range rows {
		zw.Write(row)
	}
	zw.Close()
	b := append([]byte("\x89PNG\r\n\x1a\n"), pngChunk("IHDR", head)...)
	return append(append(b, pngChunk("IDAT", z.Bytes())...), pngChunk("IEND", nil)...)
}

// manyFrames writes a GIF of one-pixel frames on a w×h screen.
func manyFrames(w, h, frames int) []byte {
	b := []byte("GIF89a")
	b = binary.LittleEndian.AppendUint16(b, uint16(w))
	b = binary.LittleEndian.AppendUint16(b, uint16(h))
	b = append(b, 0x80, 0, 0, 255, 0, 0, 0, 0, 0)
	for range frames {
		b = append(b, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0)
	}
	return append(b, 0x3b)
}

// bmpHead is a BMP that ends where its pixels should start.
func bmpHead(w, h int32) []byte {
	b := make([]byte, 54)
	copy(b, "BM")
	le := binary.LittleEndian
	le.PutUint32(b[10:], 54)
	le.PutUint32(b[14:], 40)
	le.PutUint32(b[18:], uint32(w))
	le.PutUint32(b[22:], uint32(h))
	le.PutUint16(b[26:], 1)
	le.PutUint16(b[28:], 24)
	return b
}

// bmpRunHead is a BMP of RLE8 without a run.
func bmpRunHead(w, h int32) []byte {
	b := bmpHead(w, h)
	b[28], b[30] = 8, 1
	return b
}

// box wraps bodies into an ISO base media box.
func box(id string, bodies ...[]byte) []byte {
	body := bytes.Join(bodies, nil)
	b := binary.BigEndian.AppendUint32(nil, uint32(8+len(body)))
	return append(append(b, id...), body...)
}

// avifHead is an AVIF whose item has a size and nothing else.
func avifHead(w, h uint32) []byte {
	ispe := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(make([]byte, 4), w), h)
	props := box("iprp", box("ipco", box("ispe", ispe)), box("ipma", []byte{0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 1, 1}))
	return append(box("ftyp", []byte("avif\x00\x00\x00\x00avif")), box("meta", make([]byte, 4), box("pitm", []byte{0, 0, 0, 0, 0, 1}), props)...)
}

// tiffHead is a TIFF directory with a size and nothing else.
func tiffHead(w, h uint32) []byte {
	b := []byte("II*\x00\x08\x00\x00\x00\x02\x00")
	le := binary.LittleEndian
	for tag, v := range map[uint16]uint32{tagWidth: w, tagHeight: h} {
		b = le.AppendUint16(b, tag)
		b = le.AppendUint16(b, 4)
		b = le.AppendUint32(b, 1)
		b = le.AppendUint32(b, v)
	}
	return append(b, 0, 0, 0, 0)
}

// jpegHead is a whole JPEG whose frame header declares another size.
func jpegHead(w, h int) []byte {
	b := flatJPEG(-1, 128, 128, 128)
	at := bytes.Index(b, []byte{0xff, 0xc0}) + 5
	binary.BigEndian.PutUint16(b[at:], uint16(h))
	binary.BigEndian.PutUint16(b[at+2:], uint16(w))
	return b
}

// webpHead is a WebP with an extended header and nothing else.
func webpHead(w, h int) []byte { return webpOf(0, w, h) }

// webpOf puts chunks behind an extended header (RFC 9649, section 2.7).
func webpOf(flags byte, w, h int, chunks ...[]byte) []byte {
	x := make([]byte, 10)
	x[0] = flags
	putUint24(x[4:], w-1)
	putUint24(x[7:], h-1)
	body := appendChunk([]byte("WEBP"), "VP8X", x)
	return appendChunk(nil, "RIFF", append(body, bytes.Join(chunks, nil)...))
}

// onePixel draws a 1×1 picture of c in a type that PNG keeps.
func onePixel(img interface {
	image.Image
	Set(x, y int, c color.Color)
}, c color.Color) []byte {
	img.Set(0, 0, c)
	var buf bytes.Buffer
	png.Encode(&buf, img)
	return buf.Bytes()
}
