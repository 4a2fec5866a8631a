//go:build deflate && cgo

package imaging

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
	"testing"
)

// storedPNG writes filtered rows as they are, with more chunks in front of them. The stream is cut into parts.
func storedPNG(w, h, bits, colour int, rows []byte, parts int, more ...[]byte) []byte {
	var z bytes.Buffer
	zw := zlib.NewWriter(&z)
	zw.Write(rows)
	zw.Close()
	return pngOf(w, h, bits, colour, z.Bytes(), parts, more...)
}

func pngOf(w, h, bits, colour int, stream []byte, parts int, more ...[]byte) []byte {
	head := binary.BigEndian.AppendUint32(nil, uint32(w))
	head = binary.BigEndian.AppendUint32(head, uint32(h))
	b := append([]byte("\x89PNG\r\n\x1a\n"), pngChunk("IHDR", append(head, byte(bits), byte(colour), 0, 0, 0))...)
	b = append(b, bytes.Join(more, nil)...)
	for i := range parts {
		b = append(b, pngChunk("IDAT", stream[len(stream)*i/parts:len(stream)*(i+1)/parts])...)
	}
	return append(b, pngChunk("IEND", nil)...)
}

// filteredRows are noise behind filters of all types, or of one.
func filteredRows(w, h, bits, colour, filter, seed int) []byte {
	channels := map[int]int{0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
	row := (w*channels*bits+7)/8 + 1
	spots := noise(row, h+seed).Pix
	rows := spots[seed*row : seed*row+row*h]
	for y := range h {
		rows[y*row] = byte(filter)
		if filter > 4 {
			rows[y*row] = spots[len(spots)-1-y] % 5
		}
	}
	return rows
}

// kinds are the colour types with their depths and what tRNS may say in them.
func kinds() (kinds []struct {
	colour, bits int
	more         [][]byte
}) {
	add := func(colour, bits int, more ...[]byte) {
		kinds = append(kinds, struct {
			colour, bits int
			more         [][]byte
		}{colour, bits, more})
	}
	for _, bits := range []int{1, 2, 4, 8} {
		add(0, bits)
		add(0, bits, pngChunk("tRNS", []byte{0, 1}))
		entries := noise(1<<bits, 1).Pix
		add(3, bits, pngChunk("PLTE", entries))
		add(3, bits, pngChunk("PLTE", entries[:len(entries)/6*3+3])) // some indices lie behind it
		add(3, bits, pngChunk("PLTE", entries), pngChunk("tRNS", entries[:1<<bits]))
	}
	add(2, 8)
	add(2, 8, pngChunk("tRNS", []byte{0, 9, 0, 8, 0, 7}))
	add(2, 8, pngChunk("PLTE", make([]byte, 30)), pngChunk("tEXt", []byte("k\x00v")))
	add(4, 8)
	add(6, 8)
	return kinds
}

// TestPlainPNGIsTheSame compares every kind, filter and some widths with the decoder that knows all, with both kernels. It is
// not parallel: the limit holds for the whole process.
func TestPlainPNGIsTheSame(t *testing.T) {
	defer limitFilters(false)
	for _, limited := range []bool{false, true} {
		limitFilters(limited)
		for i, k := range kinds() {
			for _, side := range [][2]int{{1, 1}, {2, 9}, {5, 3}, {6, 2}, {11, 7}, {16, 4}, {33, 8}, {90, 40}} {
				for filter := range 6 {
					rows := filteredRows(side[0], side[1], k.bits, k.colour, filter, i)
					data := storedPNG(side[0], side[1], k.bits, k.colour, rows, 1+i%3, k.more...)
					if !samePNG(t, data, nil) {
						t.Errorf("colour %d of %d bits, %v, filter %d went the other way", k.colour, k.bits, side, filter)
					}
				}
			}
		}
	}
}

// samePNG compares both ways and tells whether the short one was taken.
func samePNG(t *testing.T, data []byte, mem *loan) bool {
	t.Helper()
	h, err := pngHeader(data)
	if err != nil {
		return false
	}
	short := plainPixels(data, h, mem)
	if short == nil {
		return false
	}
	long, err := anyPNG(data, h, nil)
	if err != nil {
		t.Errorf("%d×%d, bits %d: decoded, but the other way has %v", h.Width, h.Height, h.bits, err)
	} else if short.W != long.W || short.H != long.H || !bytes.Equal(short.Pix, long.Pix) {
		t.Errorf("%d×%d, bits %d: other pixels", h.Width, h.Height, h.bits)
	}
	return true
}

// TestForeignPNGIsTheSame compares the pictures of the repository, of Go's tests (PngSuite among them) and of the material.
func TestForeignPNGIsTheSame(t *testing.T) {
	t.Parallel()
	files, _ := filepath.Glob("testdata/*.png")
	files = append(files, goPictures(t)...)
	least := 30
	if root := os.Getenv("PAIRMILL_MATERIAL"); root != "" {
		files = append(files, filesUnder(t, filepath.Join(root, "images"), func(string) bool { return true })...)
		least = 300
	}
	short, all := 0, 0
	for _, file := range files {
		data := readFile(t, file)
		if h, err := ReadHeader(data); err != nil || h.Format != PNG || (Limits{}).Check(h) != nil {
			continue
		}
		all++
		t.Run(filepath.Base(file), func(t *testing.T) {
			if samePNG(t, data, nil) {
				short++
			}
		})
	}
	t.Logf("%d of %d went the short way", short, all)
	if short < least {
		t.Errorf("only %d of %d went the short way", short, all)
	}
}

// TestUnusualPNGGoesTheOtherWay wants nothing of what another decoder may refuse or see otherwise.
func TestUnusualPNGGoesTheOtherWay(t *testing.T) {
	t.Parallel()
	rows := filteredRows(9, 6, 8, 2, 5, 0)
	stream := func(rows []byte, level int) []byte {
		var z bytes.Buffer
		zw, _ := zlib.NewWriterLevel(&z, level)
		zw.Write(rows)
		zw.Close()
		return z.Bytes()
	}
	good := storedPNG(9, 6, 8, 2, rows, 2)
	if !samePNG(t, good, nil) {
		t.Fatal("the picture that the others are made of is not ordinary itself")
	}
	bent := func(at int, v byte) []byte {
		b := bytes.Clone(good)
		b[at] ^= v
		return b
	}
	far := append(bytes.Repeat([]byte{0, 7, 7, 7}, 100), make([]byte, 400)...)
	window := stream(append(bytes.Clone(far[:400]), far[:400]...), 9)
	window[0] = 0x08 // 256 bytes
	window[1] = byte(31 - 0x0800%31)
	palette := pngChunk("PLTE", make([]byte, 6))
	zlibOfRows := stream(rows, 6)
	for name, data := range map[string][]byte{
		"interlaced":            mend(bent(28, 1)),
		"another compression":   mend(bent(26, 1)),
		"another filter method": mend(bent(27, 1)),
		"16 bits":               zeroPNG(5, 5, 5, 16, 2),
		"3 bits":                storedPNG(9, 6, 3, 0, rows, 1),
		"colour type 1":         storedPNG(9, 6, 8, 1, rows, 1),
		"rgb of 4 bits":         storedPNG(9, 6, 4, 2, rows, 1),
		"a wrong sum":           bent(30, 1),
		"a wrong sum in IDAT":   bent(len(good)-20, 1),
		"no end":                good[:len(good)-12],
		"an end with a body":    append(bytes.Clone(good[:len(good)-12]), pngChunk("IEND", []byte{1})...),
		"an unknown critical":   storedPNG(9, 6, 8, 2, rows, 1, pngChunk("ABCD", nil)),
		"a name of digits":      storedPNG(9, 6, 8, 2, rows, 1, pngChunk("a1CD", nil)),
		"two heads":             storedPNG(9, 6, 8, 2, rows, 1, good[8:33]),
		"a chunk in between":    bytes.Replace(good, pngChunk("IEND", nil), append(pngChunk("tIME", make([]byte, 7)), pngChunk("IDAT", nil)...), 1),
		"a huge chunk":          storedPNG(9, 6, 8, 2, rows, 1, pngChunk("teSt", make([]byte, maxChunk+1))),
		"a palette twice":       storedPNG(9, 6, 8, 3, filteredRows(9, 6, 8, 3, 5, 0), 1, palette, palette),
		"a palette of grey":     storedPNG(9, 6, 8, 0, filteredRows(9, 6, 8, 0, 5, 0), 1, palette),
		"no palette":            storedPNG(9, 6, 8, 3, filteredRows(9, 6, 8, 3, 5, 0), 1),
		"a palette too long":    storedPNG(9, 6, 1, 3, filteredRows(9, 6, 1, 3, 5, 0), 1, pngChunk("PLTE", make([]byte, 9))),
		"half an entry":         storedPNG(9, 6, 8, 3, filteredRows(9, 6, 8, 3, 5, 0), 1, pngChunk("PLTE", make([]byte, 7))),
		"alpha before palette":  storedPNG(9, 6, 8, 3, filteredRows(9, 6, 8, 3, 5, 0), 1, pngChunk("tRNS", []byte{1}), palette),
		"alpha of no entry":     storedPNG(9, 6, 8, 3, filteredRows(9, 6, 8, 3, 5, 0), 1, palette, pngChunk("tRNS", []byte{1, 2, 3})),
		"a key beside alpha":    storedPNG(9, 6, 8, 6, filteredRows(9, 6, 8, 6, 5, 0), 1, pngChunk("tRNS", make([]byte, 6))),
		"a key past 8 bits":     storedPNG(9, 6, 8, 2, rows, 1, pngChunk("tRNS", []byte{1, 0, 0, 0, 0, 0})),
		"a key of grey past":    storedPNG(9, 6, 2, 0, filteredRows(9, 6, 2, 0, 5, 0), 1, pngChunk("tRNS", []byte{0, 4})),
		"a filter of type 5":    storedPNG(9, 6, 8, 2, append(bytes.Clone(rows[:28]), append([]byte{5}, rows[29:]...)...), 1),
		"a row too few":         storedPNG(9, 7, 8, 2, rows, 1),
		"a row too many":        storedPNG(9, 5, 8, 2, rows, 1),
		"bytes behind":          pngOf(9, 6, 8, 2, append(bytes.Clone(zlibOfRows), 0), 1),
		"a stream cut off":      pngOf(9, 6, 8, 2, zlibOfRows[:len(zlibOfRows)-1], 1),
		"a wrong total":         pngOf(9, 6, 8, 2, append(bytes.Clone(zlibOfRows[:len(zlibOfRows)-1]), zlibOfRows[len(zlibOfRows)-1]^1), 1),
		"past the window":       pngOf(1, 200, 8, 2, window, 1),
		"no pixels":             pngOf(9, 6, 8, 2, nil, 1),
	} {
		h, err := pngHeader(data)
		if err == nil && plainPixels(data, h, nil) != nil {
			t.Errorf("%s: decoded", name)
		}
	}
}

// mend gives every chunk the sum that belongs to it.
func mend(data []byte) []byte {
	for at := 8; at+12 <= len(data); {
		n := int64(binary.BigEndian.Uint32(data[at:]))
		if n+12 > int64(len(data)-at) {
			break
		}
		end := at + 8 + int(n)
		binary.BigEndian.PutUint32(data[end:], crc32.ChecksumIEEE(data[at+4:end]))
		at = end + 4
	}
	return data
}

func FuzzPlainPNG(f *testing.F) {
	for i, k := range kinds() {
		f.Add(storedPNG(7, 5, k.bits, k.colour, filteredRows(7, 5, k.bits, k.colour, 5, i), 2, k.more...))
	}
	f.Add(zeroPNG(5, 5, 5, 16, 6))
	f.Add(readFile(f, "testdata/icc_p3.png"))
	f.Fuzz(func(t *testing.T, data []byte) {
		data = mend(bytes.Clone(data))
		if h, err := ReadHeader(data); err == nil && h.Format == PNG && small().Check(h) == nil {
			samePNG(t, data, (&scratch{most: 1 << 20}).lend())
		}
	})
}

// FuzzPlainPNGRows varies what is in the stream, which FuzzPlainPNG would hardly get past its sums.
func FuzzPlainPNGRows(f *testing.F) {
	for i := range kinds() {
		f.Add(uint8(i), uint8(7), []byte("\x01some filtered rows of pixels, \x04long enough for a few"))
	}
	f.Fuzz(func(t *testing.T, kind, width uint8, rows []byte) {
		k := kinds()[int(kind)%len(kinds())]
		channels := map[int]int{0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[k.colour]
		w := int(width)%60 + 1
		row := (w*channels*k.bits+7)/8 + 1
		h := len(rows) / row
		if h == 0 || h > 200 {
			return
		}
		rows = bytes.Clone(rows[:h*row])
		for y := range h {
			rows[y*row] %= 5
		}
		if data := storedPNG(w, h, k.bits, k.colour, rows, 1, k.more...); !samePNG(t, data, nil) {
			t.Errorf("colour %d of %d bits, %d×%d went the other way", k.colour, k.bits, w, h)
		}
	})
}
