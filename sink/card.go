package sink

import (
	"bytes"
	_ "embed"
	"maps"
	"slices"
	"text/template"

	"pairmill/schemas"
)

//go:embed card.md.tmpl
var cardTemplate string

// droppedLine is one line of the card's funnel.
type droppedLine struct {
	Reason schemas.Reason
	Class  schemas.Class
	Rows   int64
}

// card is the version's README.md: a Hugging Face dataset card whose numbers come from the ledger.
func (r Release) card() ([]byte, error) {
	t, err := template.New("card").Parse(cardTemplate)
	if err != nil {
		return nil, err
	}
	var dropped []droppedLine
	for _, reason := range slices.Sorted(maps.Keys(r.Summary.Dropped)) {
		dropped = append(dropped, droppedLine{reason, reason.Class(), r.Summary.Dropped[reason]})
	}
	var b bytes.Buffer
	pool, _ := r.Spec.Embed.FromPool()
	err = t.Execute(&b, struct {
		Release
		Dropped []droppedLine
		Pool    string // what similarities were taken from; empty = they were computed, or there are none
	}{r, dropped, pool})
	return b.Bytes(), err
}
