package web

import (
	"bytes"
	"strconv"
	"strings"
)

// tame writes a page so that its tree cannot outgrow it, and returns the mark by which untame takes that back in the
// attributes that are read.
//
// The HTML Standard has parsers copy the elements for formatting (a, b, font, …) that a block left open into each
// block that follows, attributes and all. Measured with x/net/html: 450 open <b> and 10,000 <p>, 43 KB, become
// 700 MB, and a page of 5 MiB would become 80 GB. We read nothing from these elements but the href of <a>, so they
// become elements without content that are never copied: <a …> an <area …>, which is read alike, the others <br …>.
// This is done wherever one could stand, comments and attributes included, so that no disguise helps. What is lost:
// a lang attribute on such an element does not reach a picture inside it.
func tame(page []byte) (tamed []byte, mark string) {
	for n := 0; mark == "" || bytes.Contains(page, []byte(mark)); n++ {
		mark = "tamed" + strconv.Itoa(n) + "-"
	}
	tamed = make([]byte, 0, len(page)+len(page)/4)
	for {
		before, after, found := bytes.Cut(page, []byte("<"))
		tamed = append(tamed, before...)
		if !found {
			return tamed, mark
		}
		tamed = append(tamed, '<')
		if stand := standIn(after); stand != "" {
			tamed = append(append(append(tamed, stand...), ' '), mark...)
		}
		page = after
	}
}

// untame undoes tame in an attribute's value.
func untame(value, mark string) string {
	if !strings.Contains(value, mark) {
		return value
	}
	return strings.NewReplacer("<area "+mark, "<", "<br "+mark, "<").Replace(value)
}

// standIn returns the element that takes the place of the tag that s begins with; empty when it is none of the HTML
// Standard's formatting elements.
func standIn(s []byte) string {
	end := bytes.IndexAny(s[:min(len(s), len("strong")+1)], " \t\n\f\r/>")
	if end < 1 {
		return ""
	}
	switch strings.ToLower(string(s[:end])) {
	case "a":
		return "area"
	case "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u":
		return "br"
	}
	return ""
}
