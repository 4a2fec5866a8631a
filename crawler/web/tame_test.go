package web

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func TestTame(t *testing.T) {
	t.Parallel()
	for page, want := range map[string]string{
		`<A href=x>y</A>`:           `<area tamed0-A href=x>y</A>`,
		"<strong\n>x<b/><u>":        "<br tamed0-strong\n>x<br tamed0-b/><br tamed0-u>",
		`<abbr><body><br><article>`: `<abbr><body><br><article>`,
		`<`:                         `<`,
		`<a`:                        `<a`,
		`tamed0-<s >`:               `tamed0-<br tamed1-s >`,
		`< b><<i>`:                  `< b><<br tamed0-i>`,
	} {
		got, mark := tame([]byte(page))
		if string(got) != want {
			t.Errorf("%s: %s, want %s", page, got, want)
		}
		if back := untame(string(got), mark); back != page {
			t.Errorf("%s comes back as %s", page, back)
		}
	}
}

// Attributes say what they said, although they were rewritten with everything else.
func TestTameDoesNotShow(t *testing.T) {
	t.Parallel()
	v := visitPage(t, page(`<a href="x?q=<b>&r=<a >"><img src="1.png?<i>" alt="if a <b and b> c then <code>d</code>"></a><b><a href=y>`), Config{})
	if len(v.candidates) != 1 || v.candidates[0].Captions[0].Text != "if a <b and b> c then <code>d</code>" {
		t.Errorf("candidates %+v", v.candidates)
	}
	if got := fmt.Sprint(v.links); got != "[http://a.test/dir/x?q=%3Cb%3E&r=%3Ca%20%3E http://a.test/dir/y]" {
		t.Errorf("links %s", got)
	}
	if v.candidates[0].URL != "http://a.test/dir/1.png?%3Ci%3E" {
		t.Errorf("picture %s", v.candidates[0].URL)
	}
}

// Pages that a parser would multiply stay within a few nodes for each tag.
func TestTameDisarms(t *testing.T) {
	t.Parallel()
	numbered := func(format string, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	paragraphs := strings.Repeat("<p>x", 2000)
	for name, page := range map[string]string{
		"open":           "<p>" + numbered("<b x%d>", 450) + paragraphs,
		"attributes":     "<p><a" + numbered(" a%d", 500) + ">" + paragraphs,
		"in a comment":   "<p><!-- <b> -->" + numbered("<i x%d>", 450) + paragraphs,
		"behind a style": "<svg><style>" + numbered("<font color=%d>", 450) + paragraphs,
		"capitals":       "<p>" + numbered("<STRONG\fx%d>", 450) + paragraphs,
	} {
		tamed, _ := tame([]byte(page))
		root, err := html.Parse(bytes.NewReader(tamed))
		if err != nil {
			t.Fatal(err)
		}
		nodes, attrs := 0, 0
		for n := range root.Descendants() {
			nodes++
			attrs += len(n.Attr)
		}
		if tags := strings.Count(page, "<"); nodes > 3*tags || attrs > 3*tags {
			t.Errorf("%s: %d nodes and %d attributes from %d tags", name, nodes, attrs, tags)
		}
		if v := visitPage(t, raw{[]byte(page), http.Header{"Content-Type": {"text/html"}}}, Config{}); v.page.Reason != "" {
			t.Errorf("%s: %s", name, v.page.Reason)
		}
	}
}
