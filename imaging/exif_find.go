package imaging

import (
	"bytes"
	"encoding/binary"
)

// findExif returns the file from the TIFF header of its Exif block onwards: offsets inside the block count from there,
// and those of careless writers point past its end.
func findExif(data []byte) []byte {
	switch Sniff(data) {
	case JPEG:
		return jpegExif(data)
	case TIFF:
		return data
	case WebP:
		return webpExif(data)
	case PNG:
		return pngExif(data)
	}
	return nil
}

// jpegExif looks for APP1 in front of the first scan.
func jpegExif(data []byte) []byte {
	for at := 2; ; {
		marker, body, next, ok := nextSegment(data, at)
		if !ok || marker == 0xd9 || marker == 0xda {
			return nil
		}
		if marker == 0xe1 && bytes.HasPrefix(body, []byte("Exif")) && len(body) >= 6 {
			return data[next-len(body)+6:]
		}
		at = next
	}
}

func webpExif(data []byte) []byte {
	at := 12
	for id, body := range riffChunks(data[12:]) {
		at += 8
		if id == "EXIF" {
			return bytes.TrimPrefix(data[at:], []byte("Exif\x00\x00"))
		}
		at += len(body) + len(body)&1
	}
	return nil
}

func pngExif(data []byte) []byte {
	for at := 8; at+12 <= len(data); {
		n := int64(binary.BigEndian.Uint32(data[at:]))
		if n+12 > int64(len(data)-at) {
			return nil
		}
		if string(data[at+4:at+8]) == "eXIf" {
			return bytes.TrimPrefix(data[at+8:], []byte("Exif\x00\x00"))
		}
		at += int(n) + 12
	}
	return nil
}
