package web

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// The pages are written in each encoding here, by bytes that can be checked against its table.
func TestCharset(t *testing.T) {
	t.Parallel()
	const meta = `<meta charset=`
	for name, test := range map[string]struct {
		bytes  string // of the alt text
		head   string // before it
		header string
		want   string
	}{
		"latin-1 by header":          {"caf\xe9", "", "text/html; charset=ISO-8859-1", "café"},
		"latin-1 by meta":            {"caf\xe9", meta + `iso-8859-1>`, "text/html", "café"},
		"latin-1 by http-equiv":      {"na\xefve", `<meta http-equiv=Content-Type content="text/html; charset=latin1">`, "text/html", "naïve"},
		"latin-1 by nothing":         {"caf\xe9", "", "text/html", "café"},
		"gbk by meta":                {"\xd6\xd0\xb9\xfa\xbb\xad", meta + `gb2312>`, "text/html", "中国画"},
		"gbk by header":              {"\xd6\xd0\xb9\xfa\xbb\xad", meta + `utf-8>`, "text/html;charset=GBK", "中国画"}, // the header wins
		"shift-jis by meta":          {"\x93\xfa\x96\x7b\x82\xcc\x8eR", meta + `Shift_JIS>`, "text/html", "日本の山"},
		"shift-jis by declaration":   {"\x93\xfa\x96\x7b", `<?xml version="1.0" encoding="Shift_JIS"?>`, "application/xhtml+xml", "日本"},
		"koi8-r":                     {"\xed\xcf\xd3\xcb\xd7\xc1", meta + `koi8-r>`, "text/html", "Москва"},
		"utf-8 by nothing":           {"Zürich", "", "text/html", "Zürich"},
		"utf-8 past the first kbyte": {"Zürich", strings.Repeat(" ", 3000), "text/html", "Zürich"},
		"utf-8 called latin-1":       {"Zürich", meta + `iso-8859-1>`, "text/html", "Zürich"},
		"utf-8 with a mark":          {"Zürich", "\ufeff", "text/html; charset=ascii", "Zürich"},
		"broken utf-8":               {"Z\xffrich", meta + `utf-8>`, "text/html", "Z\ufffdrich"},
		"unknown name":               {"caf\xe9", "", "text/html; charset=nonsense", "café"},
	} {
		f := page(test.head+`<img src=1.png alt="`+test.bytes+`">`, "Content-Type", test.header)
		if got := caption(t, f); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// Longer texts come through whole, encoded by the tables of x/text.
func TestCharsetRoundTrip(t *testing.T) {
	t.Parallel()
	for label, test := range map[string]struct {
		encoding encoding.Encoding
		text     string
	}{
		"iso-8859-1": {charmap.ISO8859_1, "Möwe über der Förde, à côté"},
		"gbk":        {simplifiedchinese.GBK, "一只黑猫坐在窗台上"},
		"shift_jis":  {japanese.ShiftJIS, "桜の木の下で本を読む人"},
		"utf-16le":   {unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), "ein Baum"},
	} {
		body, err := test.encoding.NewEncoder().String(`<html><img src=1.png alt="` + test.text + `">`)
		if err != nil {
			t.Fatal(err)
		}
		if got := caption(t, page(body, "Content-Type", "text/html; charset="+label)); got != test.text {
			t.Errorf("%s: %q, want %q", label, got, test.text)
		}
	}
}

func caption(t *testing.T, f Fetcher) string {
	t.Helper()
	v := visitPage(t, f, Config{})
	if len(v.candidates) != 1 {
		t.Fatalf("%d candidates, reason %q", len(v.candidates), v.page.Reason)
	}
	return v.candidates[0].Captions[0].Text
}
