package web

import (
	"bytes"
	"regexp"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
)

// xmlEncoding finds the encoding of an XML declaration, as the HTML Standard's "get an XML encoding" does.
var xmlEncoding = regexp.MustCompile(`^<\?xml[^>]*\sencoding\s*=\s*["']([A-Za-z0-9._:-]+)["']`)

// toUTF8 returns a page as UTF-8 without a byte order mark; what is invalid becomes U+FFFD. contentType is its header.
//
// The encoding is found as in the HTML Standard, "determining the character encoding": byte order mark, header,
// <meta> in the first 1,024 bytes, XML declaration, else windows-1252. Before the last step, and instead of a <meta>
// that says windows-1252 or one of its names (ISO-8859-1, ASCII), a page that is valid UTF-8 with more than ASCII in it
// is taken for what it is: other text is hardly ever valid UTF-8 by chance. Nothing is guessed by statistics, as colly's
// DetectCharset does: its answer may differ from run to run.
func toUTF8(body []byte, contentType string) []byte {
	encoding, name, certain := charset.DetermineEncoding(body, contentType)
	if !certain && name == "windows-1252" {
		if utf8.Valid(body) {
			name = "utf-8"
		} else if m := xmlEncoding.FindSubmatch(body[:min(len(body), 1024)]); m != nil {
			if e, n := charset.Lookup(string(m[1])); e != nil {
				encoding, name = e, n
			}
		}
	}
	if name != "utf-8" {
		if text, err := encoding.NewDecoder().Bytes(body); err == nil {
			body = text
		}
	}
	return bytes.ToValidUTF8(bytes.TrimPrefix(body, []byte("\ufeff")), []byte("\ufffd"))
}
