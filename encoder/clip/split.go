package clip

import (
	"unicode"
	"unicode/utf8"
)

// splitPattern is CLIP's pattern as tokenizer.json files spell it; nextWord is the same by hand, without a regular
// expression's cost.
const splitPattern = `'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`

// nextWord cuts the first match of splitPattern off text: one of seven English contractions, a run of letters, a
// single digit, or a run of anything else but white space. What lies before the match is white space. It returns
// "" when there is no match left.
func nextWord(text string) (word, rest string) {
	for text != "" {
		if n := contraction(text); n > 0 {
			return text[:n], text[n:]
		}
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case unicode.IsLetter(r):
			return cut(text, size, unicode.IsLetter)
		case unicode.IsNumber(r):
			return text[:size], text[size:]
		case !unicode.IsSpace(r):
			return cut(text, size, isOther)
		}
		text = text[size:]
	}
	return "", ""
}

// contraction is the length of the contraction at the start of text, or 0. The order is the pattern's: no member is a
// prefix of another, so it does not matter here.
func contraction(text string) int {
	if len(text) < 2 || text[0] != '\'' {
		return 0
	}
	switch text[1] {
	case 's', 't', 'm', 'd':
		return 2
	}
	if len(text) > 2 {
		switch text[1:3] {
		case "re", "ve", "ll":
			return 3
		}
	}
	return 0
}

func isOther(r rune) bool { return !unicode.IsSpace(r) && !unicode.IsLetter(r) && !unicode.IsNumber(r) }

// cut splits text after the run of runes that satisfy in, of which the first n bytes are known to.
func cut(text string, n int, in func(rune) bool) (word, rest string) {
	for n < len(text) {
		r, size := utf8.DecodeRuneInString(text[n:])
		if !in(r) {
			break
		}
		n += size
	}
	return text[:n], text[n:]
}
