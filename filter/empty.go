package filter

import "pairmill/schemas"

// Empty drops captions with nothing in them: caption_empty. It is always on, because a pair without a text is no pair.
// DataComp, LAION and COYO have it implicitly, through their least length.
func Empty() Rule[Text] {
	return when(schemas.CaptionEmpty, func(t Text) bool { return t.Caption == "" })
}
