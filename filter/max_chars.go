package filter

import (
	"unicode/utf8"

	"pairmill/schemas"
)

// MaxChars drops captions of more than limit characters (Unicode code points): caption_too_long.
//
// Default 1000, COYO's. LAION cuts at 2,000 instead of dropping; a cut text ends in the middle of a sentence, and CLIP
// reads only 77 tokens of it anyway.
func MaxChars(limit int) Rule[Text] {
	return when(schemas.CaptionTooLong, func(t Text) bool { return utf8.RuneCountInString(t.Caption) > limit })
}
