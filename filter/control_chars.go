package filter

import (
	"unicode"
	"unicode/utf8"

	"pairmill/schemas"
)

// ControlChars drops captions with control characters, noncharacters or U+FFFD in them: caption_control_chars. They are the
// marks of binary data or of text read in the wrong encoding; U+FFFD stands where [CleanCaption] could not read bytes.
// Characters that steer writing direction or join emoji are not control characters in this sense: Arabic, Hebrew and
// Persian captions need them.
//
// Default on. LAION strips unprintable characters and keeps the rest of the text; DataComp and COYO have no such rule.
func ControlChars() Rule[Text] {
	return when(schemas.CaptionControl, func(t Text) bool {
		_, found := firstControl(t.Caption)
		return found
	})
}

func firstControl(s string) (rune, bool) {
	for _, r := range s {
		if r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Noncharacter_Code_Point, r) {
			return r, true
		}
	}
	return 0, false
}
