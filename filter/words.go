package filter

import "unicode"

// Scripts that are written without spaces between words, with a rough mean length of a word in base characters: nearer 1.6 for
// Chinese, 2 for Japanese, 3 for Thai and its neighbours. Counts are rounded up, so that short captions stay.
var (
	ideographic = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana}
	brahmic     = []*unicode.RangeTable{unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan}
)

const (
	ideographicWord = 2
	brahmicWord     = 3
)

// Words counts words in any script. Where words are separated by white space, a word is a run without white space that
// has a letter or a digit in it: "well-known" is one word, a dash or an emoji alone is none. Chinese, Japanese, Thai, Lao,
// Khmer, Burmese and Tibetan do not separate words, so there the number is estimated from the number of characters, and a
// sentence does not count as one word. It is an estimate, good enough for limits, not a segmentation: that takes a
// dictionary per language.
func Words(s string) int {
	total := 0
	var spaced bool // inside a word of a script with spaces
	var ideographs, letters int
	end := func() {
		total += (ideographs+ideographicWord-1)/ideographicWord + (letters+brahmicWord-1)/brahmicWord
		if spaced {
			total++
		}
		spaced, ideographs, letters = false, 0, 0
	}
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			end()
		case unicode.In(r, ideographic...):
			ideographs++
		case unicode.In(r, brahmic...):
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				letters++ // vowel signs and tone marks belong to the letter before them
			}
		case unicode.IsLetter(r), unicode.IsNumber(r):
			spaced = true
		}
	}
	end()
	return total
}
