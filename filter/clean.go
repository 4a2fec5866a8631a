package filter

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// MaxCaption is the longest caption in bytes. No filter's max_chars comes near it; it bounds a row when filters are off.
const MaxCaption = 64 << 10

// CleanCaption is the one normal form of captions: every source applies it before it makes an id, so that the same text
// found twice is the same text. In order:
//
//   - each run of bytes that is not UTF-8 becomes one U+FFFD (drop_control_chars removes such captions later);
//   - U+0000, which many readers take for an end, and U+FEFF, which is a byte order mark out of place, disappear;
//   - Unicode NFC, so that "é" typed in two ways is one text (Unicode Standard Annex 15);
//   - white space of any kind, no-break spaces and line separators included, collapses to single spaces; none at the ends;
//   - what is longer than MaxCaption is cut at a character.
//
// Everything else stays, bidirectional controls and emoji joiners too: they change what a text looks like. Cleaning a
// clean caption changes nothing.
func CleanCaption(s string) string {
	s = strings.ToValidUTF8(s, string(utf8.RuneError))
	s = strings.Map(func(r rune) rune {
		if r == 0 || r == '\uFEFF' {
			return -1
		}
		return r
	}, s)
	s = strings.Join(strings.FieldsFunc(norm.NFC.String(s), unicode.IsSpace), " ")
	if len(s) <= MaxCaption {
		return s
	}
	end := MaxCaption
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return strings.TrimRight(s[:end], " ")
}
