package sheet_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image/jpeg"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"pairmill/internal/sheet"
	"pairmill/schemas"
)

// draw writes a sheet as a page and parses it.
func draw(t *testing.T, s *sheet.Sheet) (string, *html.Node) {
	t.Helper()
	var b bytes.Buffer
	if err := s.WriteHTML(&b); err != nil {
		t.Fatal(err)
	}
	doc, err := html.Parse(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), doc
}

// loading are elements and attributes with which a page asks for something.
var loading = []string{"script", "link", "iframe", "object", "embed", "base", "form", "srcset", "action", "background", "poster"}

func TestPageAsksForNothing(t *testing.T) {
	t.Parallel()
	v, _ := publish(t, asIs)
	page, doc := draw(t, read(t, v, sheet.Config{Pictures: true}))
	if strings.Contains(page, "url(") || strings.Contains(page, "@import") {
		t.Error("the style loads something")
	}
	pictures := 0
	for n := range doc.Descendants() {
		if slices.Contains(loading, n.Data) && n.Type == html.ElementNode {
			t.Errorf("element %s", n.Data)
		}
		for _, a := range n.Attr {
			switch {
			case slices.Contains(loading, a.Key) || strings.HasPrefix(a.Key, "on"):
				t.Errorf("attribute %s of %s", a.Key, n.Data)
			case a.Key == "src":
				pictures++
				checkPicture(t, a.Val)
			}
		}
	}
	if pictures == 0 {
		t.Error("no pictures")
	}
}

func checkPicture(t *testing.T, src string) {
	t.Helper()
	code, ok := strings.CutPrefix(src, "data:image/jpeg;base64,")
	data, err := base64.StdEncoding.DecodeString(code)
	if !ok || err != nil {
		t.Errorf("picture %.40s: %v", src, err)
		return
	}
	if _, err := jpeg.Decode(bytes.NewReader(data)); err != nil {
		t.Errorf("picture: %v", err)
	}
}

func TestPageShowsTheFunnel(t *testing.T) {
	t.Parallel()
	v, _ := publish(t, asIs)
	s := read(t, v, sheet.Config{})
	_, doc := draw(t, s)
	text := words(doc)
	for r, n := range s.Summary.Dropped {
		if want := fmt.Sprintf("%s %d", r, n); !strings.Contains(text, want) {
			t.Errorf("page lacks %q", want)
		}
	}
	for _, want := range []string{
		"small v0001", s.Manifest.Run, s.Manifest.Encoder[:12],
		fmt.Sprintf("pages read %d candidates %d fetched %d", s.Summary.Pages, s.Summary.Candidates, s.Summary.Fetched),
		fmt.Sprintf("published rows %d", s.Summary.Rows),
		fmt.Sprintf("%d candidates = %d kept", s.Summary.Candidates, s.Summary.Kept),
	} {
		if !strings.Contains(text, want) {
			t.Errorf("page lacks %q", want)
		}
	}
}

// words returns a page's text, its white space collapsed.
func words(doc *html.Node) string {
	var b strings.Builder
	for n := range doc.Descendants() {
		if n.Type == html.TextNode {
			b.WriteString(n.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func TestLargePicturesStayOut(t *testing.T) {
	t.Parallel()
	v, _ := publish(t, asIs)
	page, doc := draw(t, read(t, v, sheet.Config{Pictures: true, MaxPicture: 10}))
	if strings.Contains(page, "data:image") || !strings.Contains(words(doc), "64 × 64, too large for this page") {
		t.Error("a picture is past its limit")
	}
}

// hostile is a sheet whose every word was written by somebody else.
func hostile() *sheet.Sheet {
	bad := sheet.Pair{
		Key: "\x1b[2J", Caption: "</p><script>alert(1)</script>\x1b]0;x\a\u202e" + strings.Repeat("long ", 100),
		PageURL: "javascript:alert(1)",
	}
	return &sheet.Sheet{
		Manifest: schemas.Manifest{Dataset: "<script>x</script>", Name: "v\"0001", Dim: 2, Rows: 1},
		Summary:  schemas.Summary{Dropped: map[schemas.Reason]int64{"</code><img src=http://127.0.0.1/x>": 1, schemas.HTTPGone: -5}},
		Best:     []sheet.Pair{bad}, Worst: []sheet.Pair{bad}, Samples: []sheet.Pair{bad},
	}
}

func TestHostileWordsStayWords(t *testing.T) {
	t.Parallel()
	_, doc := draw(t, hostile())
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && (n.Data == "script" || n.Data == "img") {
			t.Errorf("element %s", n.Data)
		}
		for _, a := range n.Attr {
			if a.Key == "href" && strings.Contains(a.Val, "javascript") {
				t.Errorf("link to %s", a.Val)
			}
		}
	}
}

func TestTextHoldsNoControls(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := hostile().WriteText(&b); err != nil {
		t.Fatal(err)
	}
	if i := strings.IndexAny(b.String(), "\x1b\a\u202e"); i >= 0 {
		t.Errorf("control character at %d of %q", i, b.String())
	}
	for line := range strings.Lines(b.String()) {
		if n := len([]rune(line)); n > 120 {
			t.Errorf("line of %d runes: %q", n, line)
		}
	}
}
