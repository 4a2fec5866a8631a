package filter

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"pairmill/schemas"
)

// Placeholder drops captions that name the element and not what it shows ("image", "logo", "click to enlarge"), in several
// languages: caption_placeholder. The whole caption must be one of the list, after folding case and width and trimming
// punctuation, so "Logo of the Red Cross" stays and "[LOGO]" goes.
//
// Default on. This is ours: COYO removes such texts by dropping every caption that it saw more than ten times, which no
// rule on a single row can do; DataComp and LAION leave them to the similarity threshold.
func Placeholder() Rule[Text] {
	listed, longest := make(map[string]bool, len(placeholders)), 0
	for _, p := range placeholders {
		listed[fold(p)] = true
		longest = max(longest, len(p))
	}
	return when(schemas.CaptionPlaceholder, func(t Text) bool {
		// Width folding shortens by a factor of three and the rest is punctuation: a longer text is not worth folding.
		return len(t.Caption) <= 4*longest && listed[fold(t.Caption)]
	})
}

// fold makes texts equal that differ in case, width, punctuation around them or white space only.
func fold(s string) string {
	s = strings.ToLower(norm.NFKC.String(s))
	s = strings.TrimFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) })
	return strings.Join(strings.Fields(s), " ")
}
