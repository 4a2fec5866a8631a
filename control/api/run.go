package api

import (
	"time"

	"pairmill/schemas"
)

// Submission asks for a run.
type Submission struct {
	Spec   string `json:"spec"`             // text of the spec: the run's, byte for byte
	Name   string `json:"name,omitempty"`   // of the run; default: the spec's name and a hash of its text
	Since  string `json:"since,omitempty"`  // a run of the store: what has not changed on the web since then is taken over from it
	Weight int    `json:"weight,omitempty"` // share of the workers beside other runs, 1 to 100; default 1
	By     string `json:"by,omitempty"`     // who asks
	schemas.Limits
}

// Submitted says what became of a Submission. The same spec is the same run: it is created once.
type Submitted struct {
	Run     string           `json:"run"`
	Created bool             `json:"created"`
	State   schemas.RunState `json:"state"`
}

// Decision is a person's wish about a run or a schedule.
type Decision struct {
	By   string `json:"by,omitempty"`
	Text string `json:"text,omitempty"` // why
}

// Resumption is the wish that a run goes on, within the limits that it has or within others.
type Resumption struct {
	By         string   `json:"by,omitempty"`
	Text       string   `json:"text,omitempty"`        // why
	MaxBytes   *int64   `json:"max_bytes,omitempty"`   // default: as before, as for the next two
	MaxSeconds *float64 `json:"max_seconds,omitempty"` // 0 = no limit, as for max_bytes
	Anomaly    *float64 `json:"anomaly,omitempty"`
}

// Apply changes limits as is wished.
func (r Resumption) Apply(l schemas.Limits) schemas.Limits {
	if r.MaxBytes != nil {
		l.MaxBytes = *r.MaxBytes
	}
	if r.MaxSeconds != nil {
		l.MaxSeconds = *r.MaxSeconds
	}
	if r.Anomaly != nil {
		l.Anomaly = *r.Anomaly
	}
	return l
}

// Standing says how a run stands after a decision.
type Standing struct {
	Run    string           `json:"run"`
	State  schemas.RunState `json:"state"`
	Weight int              `json:"weight"`
}

// Priority asks for another weight.
type Priority struct {
	Weight int    `json:"weight"` // 1 to 100
	By     string `json:"by,omitempty"`
}

// Retry asks again for rows that were dropped.
type Retry struct {
	Reasons []schemas.Reason `json:"reasons"`
	Manner  *Manner          `json:"manner,omitempty"` // default: as before
	By      string           `json:"by,omitempty"`
}

// Manner is how requests are made in one pass, where it differs from the spec. Zero values change nothing.
type Manner struct {
	Timeout      schemas.Duration  `json:"timeout,omitzero"`
	Tries        int               `json:"tries,omitempty"`
	PerHost      int               `json:"per_host,omitempty"`
	Contact      string            `json:"contact,omitempty"`
	AllowPrivate bool              `json:"allow_private,omitempty"`
	Hosts        map[string]string `json:"hosts,omitempty"`
}

// Empty tells whether nothing differs.
func (m *Manner) Empty() bool {
	return m.Timeout == 0 && m.Tries == 0 && m.PerHost == 0 && m.Contact == "" && !m.AllowPrivate && len(m.Hosts) == 0
}

// Retried says which pass was planned.
type Retried struct {
	Run        string `json:"run"`
	Generation int    `json:"generation"`
	Rows       int64  `json:"rows"` // that are asked for again
}

// Run is a run in a list.
type Run struct {
	Run        string           `json:"run"`
	State      schemas.RunState `json:"state"`
	Weight     int              `json:"weight"`
	Submitted  time.Time        `json:"submitted"`
	By         string           `json:"by"`
	Changed    time.Time        `json:"changed"`        // when it was decided last
	Text       string           `json:"text,omitempty"` // why it was
	Series     string           `json:"series,omitempty"`
	After      string           `json:"after,omitempty"` // the run that it waits for
	Rows       Rows             `json:"rows"`
	Rate       float64          `json:"rate"`                  // rows fetched per second now
	ETASeconds float64          `json:"eta_seconds,omitempty"` // until all planned rows are fetched, at that rate; 0 = not known
	Dataset    string           `json:"dataset,omitempty"`     // key prefix of the published version
	Partial    bool             `json:"partial,omitempty"`     // the control plane has not read all records yet: more is done than it says
	Halt       schemas.Halt     `json:"halt,omitempty"`        // why the leader has paused it, if it has; text says more
	Evidence   *schemas.Anomaly `json:"evidence,omitempty"`    // of the anomaly that halts it
	Received   int64            `json:"received"`              // bytes, by fetches that are done
	RanSeconds float64          `json:"ran_seconds"`           // for which it was let go on, without its pauses
	schemas.Limits
}

// Runs is a list of runs, the latest first.
type Runs struct {
	Runs []Run `json:"runs"`
}

// Rows counts a run's rows, by the ledger.
type Rows struct {
	Planned     int64 `json:"planned"`   // as far as is known
	In          int64 `json:"in"`        // of fetches that are done
	Fetched     int64 `json:"fetched"`   // whose bytes arrived whole
	Unchanged   int64 `json:"unchanged"` // of those, taken over from the run that this one is since
	Kept        int64 `json:"kept"`      // published
	Dropped     int64 `json:"dropped"`
	Quarantined int64 `json:"quarantined"`
}
