package imaging

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"strings"
	"testing"
)

// exifEntry is a tag of a crafted directory; value holds as many bytes as it needs.
type exifEntry struct {
	tag, kind uint16
	count     uint32
	value     []byte
}

// exifTagsBlock builds a big-endian block of one directory.
func exifTagsBlock(entries ...exifEntry) []byte {
	be := binary.BigEndian
	b := be.AppendUint16([]byte("MM\x00*\x00\x00\x00\x08"), uint16(len(entries)))
	var rest []byte
	at := 8 + 2 + 12*len(entries) + 4
	for _, e := range entries {
		b = be.AppendUint32(be.AppendUint16(be.AppendUint16(b, e.tag), e.kind), e.count)
		if len(e.value) <= 4 {
			b = append(b, append(e.value, make([]byte, 4-len(e.value))...)...)
			continue
		}
		b = be.AppendUint32(b, uint32(at+len(rest)))
		rest = append(rest, e.value...)
	}
	return append(append(b, 0, 0, 0, 0), rest...)
}

func TestEXIFWritesValuesAsPython(t *testing.T) {
	t.Parallel()
	be := binary.BigEndian
	double := func(f float64) []byte { return be.AppendUint64(nil, math.Float64bits(f)) }
	for _, c := range []struct {
		entry exifEntry
		want  string
	}{
		{exifEntry{0x010f, 2, 6, []byte(" Ca\u00f1\x00")}, `{"Image Make": "Ca\u00f1"}`},
		{exifEntry{0x010f, 2, 5, []byte("a'\xff\n\x00")}, `{"Image Make": "b\"a'\\xff\\n\""}`},
		{exifEntry{0x0112, 3, 1, []byte{0, 6}}, `{"Image Orientation": "Rotated 90 CW"}`},
		{exifEntry{0x0112, 3, 1, []byte{0, 9}}, `{"Image Orientation": "9"}`},
		{exifEntry{0x829a, 5, 1, []byte{0, 0, 0, 10, 0, 0, 2, 88}}, `{"Image ExposureTime": "1/60"}`},
		{exifEntry{0x829a, 5, 1, []byte{0, 0, 0, 10, 0, 0, 0, 0}}, `{"Image ExposureTime": "10/0"}`},
		{exifEntry{0x9204, 10, 1, []byte{0xff, 0xff, 0xff, 0xfc, 0, 0, 0, 6}}, `{"Image ExposureBiasValue": "-2/3"}`},
		{exifEntry{0x9204, 10, 1, []byte{0, 0, 0, 4, 0xff, 0xff, 0xff, 0xfa}}, `{"Image ExposureBiasValue": "-2/3"}`},
		{exifEntry{0x9000, 7, 4, []byte("0232")}, `{"Image ExifVersion": "0232"}`},
		{exifEntry{0x1234, 12, 1, double(1e-7)}, `{"Image Tag 0x1234": "(1e-07,)"}`},
		{exifEntry{0x1234, 12, 1, double(3)}, `{"Image Tag 0x1234": "(3.0,)"}`},
		{exifEntry{0x1234, 1, 3, []byte{1, 2, 3}}, `{"Image Tag 0x1234": "[1, 2, 3]"}`},
		{exifEntry{0x1234, 1, 60, make([]byte, 60)}, `{"Image Tag 0x1234": "[` + strings.Repeat("0, ", 19) + `0, ... ]"}`},
		{exifEntry{0x1234, 1, 2000, make([]byte, 2000)}, `{"Image Tag 0x1234": "[]"}`},
		{exifEntry{0x1234, 99, 1, []byte{1}}, `{}`},
		{exifEntry{0x927c, 7, 4, []byte("note")}, `{}`},
		{exifEntry{0x8825, 4, 1, []byte{0, 0, 0, 8}}, `{"GPS Tag 0x8825": "8", "Image GPSInfo": "8"}`},
	} {
		if got := EXIF(exifTagsBlock(c.entry)); got != c.want {
			t.Errorf("%+v:\n got %s\nwant %s", c.entry, got, c.want)
		}
	}
}

func TestEXIFInEveryContainer(t *testing.T) {
	t.Parallel()
	block := exifTagsBlock(exifEntry{0x0112, 3, 1, []byte{0, 6}})
	want := `{"Image Orientation": "Rotated 90 CW"}`
	jpeg := sample(t, JPEG, smooth(8, 8))
	app1 := append([]byte("\xff\xe1"), binary.BigEndian.AppendUint16(nil, uint16(8+len(block)))...)
	app1 = append(append(app1, "Exif\x00\x00"...), block...)
	png := sample(t, PNG, smooth(8, 8))
	chunk := append(binary.BigEndian.AppendUint32(nil, uint32(len(block))), "eXIf"...)
	chunk = append(append(chunk, block...), 0, 0, 0, 0)
	webp := appendChunk(appendChunk([]byte("RIFF\x00\x00\x00\x00WEBP"), "VP8X", make([]byte, 10)), "EXIF", block)
	for name, data := range map[string][]byte{
		"jpeg": append(append(append([]byte{}, jpeg[:2]...), app1...), jpeg[2:]...),
		"png":  append(append(append([]byte{}, png[:33]...), chunk...), png[33:]...),
		"webp": webp,
		"tiff": block,
	} {
		if got := EXIF(data); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
	for name, data := range map[string][]byte{"jpeg without": jpeg, "png without": png, "gif": sample(t, GIF, smooth(4, 4)), "nothing": nil} {
		if got := EXIF(data); got != "{}" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestEXIFIsBounded chains directories in circles and lets every tag point at one huge text.
func TestEXIFIsBounded(t *testing.T) {
	t.Parallel()
	le := binary.LittleEndian
	const tags = 65_535
	b := le.AppendUint16([]byte("II*\x00\x08\x00\x00\x00"), tags)
	for i := range tags {
		b = le.AppendUint32(le.AppendUint32(le.AppendUint16(le.AppendUint16(b, uint16(i)), 2), 1<<31), uint32(8+2+12*tags+4))
	}
	b = append(le.AppendUint32(b, 8), strings.Repeat("x", 1<<20)...)
	if got := EXIF(b); len(got) > maxExifText*2 || len(got) < maxExifText/2 {
		t.Errorf("%d bytes", len(got))
	}
}

func FuzzEXIF(f *testing.F) {
	f.Add(exifTagsBlock(exifEntry{0x0112, 3, 1, []byte{0, 6}}, exifEntry{0x8769, 4, 1, []byte{0, 0, 0, 8}}, exifEntry{0x8825, 4, 1, []byte{0, 0, 0, 8}}))
	f.Add(exifTagsBlock(exifEntry{0x010f, 2, 9, []byte("\xff\u00e9\U0001f600\n'\"")}, exifEntry{0xa005, 10, 2, make([]byte, 16)}))
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\x00MM\x00*\x00\x00\x00\x08"))
	f.Add([]byte("RIFF\x00\x00\x00\x00WEBPEXIF\x08\x00\x00\x00II*\x00\x08\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got := EXIF(data)
		var tags map[string]string
		if err := json.Unmarshal([]byte(got), &tags); err != nil {
			t.Errorf("%s: %v", got, err)
		}
		if len(got) > 8*maxExifText {
			t.Errorf("%d bytes", len(got))
		}
	})
}
