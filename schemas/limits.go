package schemas

import "fmt"

// Limits bounds what a run of a cluster may do. The zero Limits sets no budget, and watches for anomalies at the defaults.
type Limits struct {
	MaxBytes   int64   `json:"max_bytes,omitempty"`   // received by fetches that are done, in the whole run; 0 = no limit
	MaxSeconds float64 `json:"max_seconds,omitempty"` // for which the run was let go on, without its pauses; 0 = no limit
	Anomaly    float64 `json:"anomaly,omitempty"`     // share of the latest rows at which one reason halts the run; 0 = by class, 1 = never
}

// Check refuses limits that cannot be meant.
func (l Limits) Check() error {
	switch {
	case l.MaxBytes < 0:
		return fmt.Errorf("max_bytes %d: want a number of bytes, 0 for no limit", l.MaxBytes)
	case !(l.MaxSeconds >= 0):
		return fmt.Errorf("max_seconds %v: want a number of seconds, 0 for no limit", l.MaxSeconds)
	case !(l.Anomaly >= 0 && l.Anomaly <= 1):
		return fmt.Errorf("anomaly %v: want a share of the rows, 0 (by class) to 1 (never)", l.Anomaly)
	}
	return nil
}

// Recorded is what a decision says of limits: nothing, if there are none.
func (l Limits) Recorded() *Limits {
	if l == (Limits{}) {
		return nil
	}
	return &l
}

// Halt is why the leader has paused a run; empty where it was a person.
type Halt string

// What halts a run.
const (
	HaltBudget  Halt = "budget"  // max_bytes or max_seconds are used up
	HaltAnomaly Halt = "anomaly" // one reason has taken over
)

// Halts lists them.
func Halts() []Halt { return []Halt{HaltBudget, HaltAnomaly} }

// Anomaly is the evidence that one reason has jumped above its share.
type Anomaly struct {
	Reason   Reason    `json:"reason"`
	Rows     int       `json:"rows"` // with the reason
	Window   int       `json:"window"`
	Before   float64   `json:"before"`  // its share of all rows before the window
	Domains  int       `json:"domains"` // registrable domains that it hit
	Share    float64   `json:"share"`   // of the window that it passed
	Examples []Example `json:"examples"`
}

// Example is a row as evidence.
type Example struct {
	URL    string `json:"url"`
	Detail string `json:"detail,omitempty"`
}

// String says what happened in one line, without the examples.
func (a Anomaly) String() string {
	return fmt.Sprintf("%s (%s) took %d of the last %d rows on %d domains, %.1f %% before: past the share of %.2f that halts a run (--anomaly)",
		a.Reason, a.Reason.Class(), a.Rows, a.Window, a.Domains, 100*a.Before, a.Share)
}
