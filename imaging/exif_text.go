package imaging

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// Bounds of EXIF, far above what cameras write: a directory of a TIFF file can hold 65,535 tags of 999 values each, and
// files can hold any number of directories.
const (
	maxExifTags = 4096     // in all directories together
	maxExifText = 1 << 20  // bytes of values
	maxExifDirs = 64       // in the chain of directories
	maxExifList = 1000 - 1 // values of one tag; exifread shows none of longer lists
	maxExifLine = 64 << 10 // bytes of one ASCII value
)

// EXIF returns the tags of a picture as img2dataset's column exif holds them: one JSON object of strings, named and
// written as Python's exifread 3 does ("Image Make", "EXIF ExposureTime": "1/60", "GPS GPSLatitude": "[52, 31, 12]"), in
// the order of the file. It reads JPEG, TIFF, WebP, and PNG (eXIf, which exifread 3.0 does not look at); anything else, and
// a picture without tags, gives "{}". Maker notes and user comments are left out, as img2dataset does.
//
// Where a block is damaged, what comes before the damage is returned; exifread may raise instead, and img2dataset then
// writes null. exifread-nocycle, which img2dataset installs, reads every single byte as 0 (ExifVersion, GPSVersionID,
// ComponentsConfiguration); here they are read as exifread reads them.
//
// Tags past 4,096 and values past 1 MiB are left out.
func EXIF(data []byte) string {
	block := findExif(data)
	if len(block) < 8 {
		return "{}"
	}
	d := exifDump{block: block, order: binary.ByteOrder(binary.BigEndian), at: map[string]int{}}
	if block[0] == 'I' {
		d.order = binary.LittleEndian
	} else if block[0] != 'M' {
		return "{}"
	}
	d.chain(d.uint32(4))
	if d.exif != 0 {
		d.directory(d.exif, "EXIF", "Image")
	}
	return d.json()
}

// exifDump collects tags in the order of their first appearance.
type exifDump struct {
	block []byte
	order binary.ByteOrder
	exif  uint32 // offset of the Exif directory

	names, values []string
	at            map[string]int // index by name
	tags, text    int            // counted against the bounds
}

// chain reads the main directories: the picture, its thumbnail, further pages.
func (d *exifDump) chain(next uint32) {
	var seen []uint32
	for next != 0 && len(seen) < maxExifDirs && !slices.Contains(seen, next) {
		name := "Image"
		switch len(seen) {
		case 0:
		case 1:
			name = "Thumbnail"
		default:
			name = fmt.Sprintf("IFD %d", len(seen))
		}
		seen = append(seen, next)
		d.directory(next, name, "Image")
		next = d.uint32(uint64(next) + 2 + 12*uint64(d.uint16(uint64(next))))
	}
}

// directory reads one directory; its tags are looked up in the given table.
func (d *exifDump) directory(at uint32, name, table string) {
	known := exifTags()[table]
	for i := range uint64(d.uint16(uint64(at))) {
		entry := uint64(at) + 2 + 12*i
		if entry+12 > uint64(len(d.block)) || d.tags >= maxExifTags {
			return
		}
		number := d.uint16(entry)
		switch number {
		case 0x02bc, 0x927c, 0x9286: // XMP, maker note, user comment
			continue
		}
		tag, ok := known[number]
		if !ok {
			tag.name = fmt.Sprintf("Tag 0x%04X", number)
		}
		v, ok := d.value(entry)
		if !ok {
			continue
		}
		if tag.style == "GPS" || tag.style == "Interoperability" {
			if at, ok := v.first(); ok {
				d.directory(at, tag.style, tag.style)
			}
		}
		if number == 0x8769 && name == "Image" {
			d.exif, _ = v.first()
		}
		d.set(name+" "+tag.name, v.written(tag))
	}
}

// set keeps the place of a tag that comes again, with its last value, as a Python dictionary does.
func (d *exifDump) set(name, value string) {
	if d.tags++; d.text+len(value) > maxExifText {
		return
	}
	d.text += len(value)
	if i, ok := d.at[name]; ok {
		d.values[i] = value
		return
	}
	d.at[name] = len(d.names)
	d.names, d.values = append(d.names, name), append(d.values, value)
}

func (d *exifDump) json() string {
	var out strings.Builder
	out.WriteByte('{')
	for i, name := range d.names {
		if i > 0 {
			out.WriteString(", ")
		}
		pythonJSON(&out, name)
		out.WriteString(": ")
		pythonJSON(&out, pythonStrip(d.values[i]))
	}
	out.WriteByte('}')
	return out.String()
}

func (d *exifDump) uint16(at uint64) uint16 {
	if at+2 > uint64(len(d.block)) {
		return 0
	}
	return d.order.Uint16(d.block[at:])
}

func (d *exifDump) uint32(at uint64) uint32 {
	if at+4 > uint64(len(d.block)) {
		return 0
	}
	return d.order.Uint32(d.block[at:])
}
