package filter

import (
	"strings"
	"testing"

	"pairmill/schemas"
)

// moderate is close to the defaults of a spec, which this package cannot import.
var moderate = schemas.Filter{
	MinChars: 5, MaxChars: 1000, MinWords: 2, MaxWords: 256, ControlChars: true, FileNames: true, Placeholders: true,
}

func TestTextChain(t *testing.T) {
	t.Parallel()
	chain := NewText(moderate)
	for _, c := range []struct {
		caption string
		want    schemas.Reason
		detail  string
	}{
		{"a red circle on a blue background", schemas.Kept, ""},
		{"Red circle", schemas.Kept, ""},
		{"", schemas.CaptionEmpty, ""},
		{"a b", schemas.CaptionTooShort, "3 characters, filter.min_chars is 5"},
		{"abcde", schemas.CaptionFewWords, "1 words, filter.min_words is 2"},
		{"a bcd", schemas.Kept, ""},
		{strings.Repeat("ab ", 333) + "c", schemas.CaptionManyWords, "334 words, filter.max_words is 256"},
		{strings.Repeat("a", 998) + " b", schemas.Kept, ""},
		{strings.Repeat("a", 999) + " b", schemas.CaptionTooLong, "1001 characters, filter.max_chars is 1000"},
		{"red\x1bcircle here", schemas.CaptionControl, "U+001B, filter.drop_control_chars is true"},
		{"caf\uFFFD in Paris", schemas.CaptionControl, "U+FFFD, filter.drop_control_chars is true"},
		{"nonchar \uFFFE here", schemas.CaptionControl, "U+FFFE, filter.drop_control_chars is true"},
		{"IMG_2041.jpg", schemas.CaptionFileName, "a file name, filter.drop_file_names is true"},
		{"Logo", schemas.CaptionPlaceholder, "a placeholder, filter.drop_placeholders is true"},
		// Scripts without spaces, scripts with joiners, pictures as text.
		{"蓝色背景上的红色圆形", schemas.Kept, ""},
		{"红色圆形", schemas.CaptionTooShort, "4 characters, filter.min_chars is 5"},
		{"青い背景に赤い丸", schemas.Kept, ""},
		{"กำลังเดินเล่นบนชายหาด", schemas.Kept, ""},
		{"دائرة حمراء على خلفية زرقاء", schemas.Kept, ""},
		{"می\u200cخواهم \u202bبروم\u202c", schemas.Kept, ""},
		{"family \U0001F468\u200D\U0001F469\u200D\U0001F467 at home", schemas.Kept, ""},
		{"\U0001F600\U0001F600\U0001F600\U0001F600\U0001F600", schemas.CaptionFewWords, "0 words, filter.min_words is 2"},
		{"빨간 원과 파란 별", schemas.Kept, ""},
	} {
		subject := Text{Caption: c.caption}
		got := chain.Reason(subject)
		if got != c.want {
			t.Errorf("%q: %q, want %q", c.caption, got, c.want)
		}
		if detail := subject.Detail(got, moderate); detail != c.detail {
			t.Errorf("%q: detail %q, want %q", c.caption, detail, c.detail)
		}
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]int{
		"": 0, "one": 1, "a red circle": 3, "well-known – really!": 2, "don't stop": 2, "3 stars": 2, "\U0001F600 hi": 1,
		"图": 1, "图片": 1, "蓝色背景上的红色圆形": 5, "iPhone手机壳": 3, "赤い丸": 2, "コーヒー": 2,
		"สวัสดี": 2, "แมวสีดำนอนอยู่บนเตียง": 6, "دائرة حمراء": 2, "빨간 원": 2, "naïve café": 2, "x\u00a0y": 2,
	} {
		if got := Words(s); got != want {
			t.Errorf("Words(%q) = %d, want %d", s, got, want)
		}
	}
}
