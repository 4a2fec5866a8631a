package repair

import "pairmill/internal/verify"

// Way says how an object is made again. The list is closed.
type Way string

// The ways, by cost.
const (
	Copied  Way = "copied"  // from another object with the same content
	Derived Way = "derived" // from other objects, by the job that made it
	Asked   Way = "asked"   // with requests to the web
	Changed Way = "changed" // it cannot be had again: the record names others in its place, or none
	Left    Way = "left"    // it stays as it is; Why says why
)

// Outcome is what became of one object, or, in a dry run, what would.
type Outcome struct {
	Object   string       `json:"object"`
	Damage   verify.Check `json:"damage"` // what verify finds first
	Way      Way          `json:"way"`
	From     string       `json:"from,omitempty"`     // the object that it is copied from, or the job that makes it
	Requests int          `json:"requests,omitempty"` // URLs asked for at most: robots.txt may forbid some; of a job's objects, the first says it
	Embeds   int64        `json:"embeds,omitempty"`   // pairs that are embedded again
	Lost     int          `json:"lost,omitempty"`     // rows whose pictures could not be had again
	Why      string       `json:"why,omitempty"`
}

// Report sums outcomes up.
type Report struct {
	Damaged  int   `json:"damaged"`
	Repaired int   `json:"repaired"`
	Changed  int   `json:"changed"`
	Left     int   `json:"left"`
	Requests int   `json:"requests"`
	Embeds   int64 `json:"embeds"`
	Lost     int   `json:"lost"`
}

// Add counts an outcome.
func (r *Report) Add(o Outcome) {
	r.Damaged++
	switch o.Way {
	case Left:
		r.Left++
	case Changed:
		r.Changed++
	default:
		r.Repaired++
	}
	r.Requests += o.Requests
	r.Embeds += o.Embeds
	r.Lost += o.Lost
}
