package filter

import (
	"unicode/utf8"

	"pairmill/schemas"
)

// MinChars drops captions of fewer than limit characters (Unicode code points): caption_too_short.
//
// Default 5, LAION's (len(alt) >= 5). DataComp's basic filter and COYO ask for one more (> 5). All three were tuned on
// Latin script: four Chinese characters can say as much as three English words, so corpora in such scripts want 2.
func MinChars(limit int) Rule[Text] {
	return when(schemas.CaptionTooShort, func(t Text) bool { return utf8.RuneCountInString(t.Caption) < limit })
}
