package filter

import "pairmill/schemas"

// MinWords drops captions of fewer than limit words, as [Words] counts them: caption_few_words.
//
// Default 2, the caption rule of DataComp's image-based filter (more than one token), which is part of DataComp-1B. Its
// basic filter and COYO ask for 3.
func MinWords(limit int) Rule[Text] {
	return when(schemas.CaptionFewWords, func(t Text) bool { return Words(t.Caption) < limit })
}
