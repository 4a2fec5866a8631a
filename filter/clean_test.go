package filter

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

func TestCleanCaption(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{" \t\n\v\f\r\u00a0\u2003\u2028\u3000\u0085 ", ""},
		{"  a\n\n b\u00a0\u00a0c ", "a b c"},
		{"cafe\u0301", "café"},
		{"a\x00b", "ab"},
		{"a\x00\u0301", "á"},
		{"\ufeffcircle", "circle"},
		{"caf\xe9 bar", "caf\ufffd bar"},
		{"\xff\xfe\xfd", "\ufffd"},
		{"\xed\xa0\x80", "\ufffd"}, // a lone surrogate
		{"red\x1bcircle", "red\x1bcircle"},
		{"\u202bשלום\u202c", "\u202bשלום\u202c"},
		{"👩\u200d🚀", "👩\u200d🚀"},
		{"ภาษา\u200bไทย", "ภาษา\u200bไทย"},
		{"全角　空白", "全角 空白"},
		{"ｆｕｌｌ", "ｆｕｌｌ"}, // width is the writer's choice
		{strings.Repeat("a", MaxCaption) + "b", strings.Repeat("a", MaxCaption)},
		{strings.Repeat("a", MaxCaption-1) + "é", strings.Repeat("a", MaxCaption-1)},
		{strings.Repeat("a", MaxCaption-1) + " b", strings.Repeat("a", MaxCaption-1)},
	} {
		if got := CleanCaption(c.in); got != c.want {
			t.Errorf("CleanCaption(%.40q) = %.40q, want %.40q", c.in, got, c.want)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"a b", "\xff\x00", "e\u0301\u00a0x", "IMG_1.jpg", "图片", "\u200d", " \u0301", "Screenshot 1 at 2", strings.Repeat("\u0300", 40)} {
		f.Add(s)
	}
	chain := NewText(moderate)
	f.Fuzz(func(t *testing.T, s string) {
		clean := CleanCaption(s)
		if again := CleanCaption(clean); again != clean {
			t.Errorf("cleaning %q twice: %q, then %q", s, clean, again)
		}
		if !utf8.ValidString(clean) || !norm.NFC.IsNormalString(clean) || len(clean) > MaxCaption || strings.ContainsAny(clean, "\x00\t\n\u00a0") {
			t.Errorf("CleanCaption(%q) = %q breaks its promise", s, clean)
		}
		r := chain.Reason(Text{Caption: clean})
		if !r.Valid() || r != chain.Reason(Text{Caption: clean}) {
			t.Errorf("%q: reason %q", clean, r)
		}
		if n := Words(clean); n > utf8.RuneCountInString(clean) {
			t.Errorf("%q: %d words in fewer characters", clean, n)
		}
	})
}
