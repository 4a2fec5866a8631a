package icc

import (
	"encoding/binary"
	"strings"
	"unicode"
	"unicode/utf16"
)

// maxText is the longest description in characters.
const maxText = 64

// description reads textDescriptionType (version 2) or multiLocalizedUnicodeType (version 4), there preferring English.
func description(b []byte) string {
	if len(b) < 12 {
		return ""
	}
	be := binary.BigEndian
	n := int64(be.Uint32(b[8:]))
	switch string(b[:4]) {
	case "desc":
		text, _, _ := strings.Cut(string(b[12:12+min(n, int64(len(b)-12))]), "\x00")
		return printable(text)
	case "mluc":
		found := ""
		for i := range min(n, maxTags) {
			at := 16 + i*12
			if at+12 > int64(len(b)) {
				break
			}
			if text := unicodeAt(b, be.Uint32(b[at+8:]), be.Uint32(b[at+4:])); found == "" || string(b[at:at+2]) == "en" {
				found = text
			}
		}
		return found
	}
	return ""
}

func unicodeAt(b []byte, at, n uint32) string {
	if uint64(at)+uint64(n) > uint64(len(b)) {
		return ""
	}
	b = b[at : at+min(n, 4*maxText)]
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.BigEndian.Uint16(b[i*2:])
	}
	return printable(string(utf16.Decode(units)))
}

// printable drops what would spoil a table cell, and cuts.
func printable(s string) string {
	var b strings.Builder
	n := 0
	for _, r := range strings.TrimSpace(s) {
		if n == maxText {
			break
		}
		if unicode.IsPrint(r) && r != unicode.ReplacementChar {
			b.WriteRune(r)
			n++
		}
	}
	return b.String()
}
