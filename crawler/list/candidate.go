package list

import (
	"fmt"
	"strings"

	"pairmill/fetch"
	"pairmill/filter"
	"pairmill/schemas"
)

// maxRawURL is how much is kept, in bytes, of a text that is no URL.
const maxRawURL = 2_000

// candidate makes a candidate of a row.
func (r *Reader) candidate(row []any) (schemas.Candidate, error) {
	raw, text := "", ""
	for i, w := range r.columns {
		switch w.setting {
		case "url":
			raw, _ = row[i].(string)
		case "caption":
			text, _ = row[i].(string)
		}
	}
	listed, err := schemas.EncodeListed(row)
	if err != nil {
		return schemas.Candidate{}, fmt.Errorf("list: %w", err)
	}
	url, text := normalURL(raw), normalText(text)
	return schemas.Candidate{
		ID:       schemas.NewID(url, text).String(),
		URL:      url,
		Captions: []schemas.Caption{{Text: text, Source: schemas.SourceList}},
		Listed:   listed,
	}, nil
}

// normalURL is the URL in its one form, or the beginning of the text when it has none: fetching gives the reason.
func normalURL(raw string) string {
	if fetch.IsNormal(raw) {
		return raw
	}
	if url, err := fetch.Normalize(raw); err == nil {
		return url
	}
	valid := strings.ToValidUTF8(raw, "\uFFFD")
	if len(valid) > maxRawURL {
		valid = strings.ToValidUTF8(valid[:maxRawURL], "")
	}
	return valid
}

// normalText is filter.CleanCaption, which leaves plain text as it is.
func normalText(text string) string {
	if isPlain(text) {
		return text
	}
	return filter.CleanCaption(text)
}

// isPlain tells of most texts without much ado that they are in normal form: printable ASCII, single spaces inside.
func isPlain(s string) bool {
	last := byte(' ')
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c > '~' || c == ' ' && last == ' ' {
			return false
		}
		last = c
	}
	return len(s) <= filter.MaxCaption && (s == "" || last != ' ')
}
