package imaging

import (
	"bytes"
	"encoding/binary"
)

// TIFF 6.0 tags that matter before decoding.
const (
	tagWidth       = 256
	tagHeight      = 257
	tagCompression = 259
	tagPhotometric = 262
	tagFillOrder   = 266
	tagOrientation = 274
	tagSamples     = 277
	tagPlanar      = 284
)

// maxTags bounds the entries read of one directory, and maxPages the directories of one file; both are far above what
// cameras and scanners write.
const (
	maxTags  = 1024
	maxPages = 65_536
)

// tiffDir is the part of an image file directory (TIFF 6.0, section 2) that is needed here: tags with one SHORT or LONG.
type tiffDir struct {
	values map[uint16]uint32
	next   uint32
}

// exifOrientation reads tag 274 out of an Exif block, with or without its "Exif\0\0" prefix. Anything wrong gives 1: a
// bad note beside a picture does not spoil the picture.
func exifOrientation(block []byte) int {
	block = bytes.TrimPrefix(block, []byte("Exif\x00\x00"))
	order, at, ok := tiffStart(block)
	if !ok {
		return 1
	}
	dir, ok := readDir(block, order, at)
	if v := dir.values[tagOrientation]; ok && v >= 1 && v <= 8 {
		return int(v)
	}
	return 1
}

// tiffStart returns the byte order of a classic TIFF block and the offset of its first directory.
func tiffStart(b []byte) (binary.ByteOrder, uint32, bool) {
	if len(b) < 8 {
		return nil, 0, false
	}
	switch string(b[:4]) {
	case "II*\x00":
		return binary.LittleEndian, binary.LittleEndian.Uint32(b[4:]), true
	case "MM\x00*":
		return binary.BigEndian, binary.BigEndian.Uint32(b[4:]), true
	}
	return nil, 0, false
}

func readDir(b []byte, order binary.ByteOrder, at uint32) (tiffDir, bool) {
	if uint64(at)+2 > uint64(len(b)) {
		return tiffDir{}, false
	}
	n := int(order.Uint16(b[at:]))
	entries := b[at+2:]
	dir := tiffDir{values: map[uint16]uint32{}}
	for i := range min(n, maxTags) {
		if len(entries) < (i+1)*12 {
			return dir, false
		}
		e := entries[i*12:]
		if order.Uint32(e[4:]) != 1 {
			continue
		}
		switch order.Uint16(e[2:]) {
		case 3:
			dir.values[order.Uint16(e)] = uint32(order.Uint16(e[8:]))
		case 4:
			dir.values[order.Uint16(e)] = order.Uint32(e[8:])
		}
	}
	if len(entries) >= n*12+4 {
		dir.next = order.Uint32(entries[n*12:])
	}
	return dir, true
}
