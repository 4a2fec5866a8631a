package filter

import "pairmill/schemas"

// MaxWords drops captions of more than limit words, as [Words] counts them: caption_many_words.
//
// Default 256, COYO's. DataComp and LAION have no such limit.
func MaxWords(limit int) Rule[Text] {
	return when(schemas.CaptionManyWords, func(t Text) bool { return Words(t.Caption) > limit })
}
