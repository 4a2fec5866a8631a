package sheet

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
)

//go:embed sheet.html.tmpl
var page string

//go:embed sheet.css
var style string

// WriteHTML writes the sheet as one page.
func (s *Sheet) WriteHTML(w io.Writer) error {
	t, err := template.New("sheet").Funcs(template.FuncMap{"count": count}).Parse(page)
	if err != nil {
		return err
	}
	var b bytes.Buffer // so that nothing is written unless all is well
	err = t.Execute(&b, view{Sheet: s, Style: template.CSS(style), Chart: chartOf(&s.Similarity)})
	if err != nil {
		return fmt.Errorf("draw sheet: %w", err)
	}
	_, err = b.WriteTo(w)
	return err
}

// view is a sheet as the template sees it.
type view struct {
	*Sheet
	Style template.CSS
	Chart chart
}

// grid is pairs to draw.
type grid struct {
	Pairs  []Pair
	Scored bool
}

func (v view) BestPairs() grid   { return grid{v.Best, v.Scored()} }
func (v view) WorstPairs() grid  { return grid{v.Worst, v.Scored()} }
func (v view) SamplePairs() grid { return grid{v.Samples, v.Scored()} }

// Dropped is how many rows all reasons took.
func (v view) Dropped() (n int64) {
	for _, d := range v.Drops() {
		n += d.N
	}
	return n
}

// count writes a number in groups of three digits.
func count(n int64) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
