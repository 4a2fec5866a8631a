package api

import (
	"time"

	"pairmill/schemas"
)

// Status is everything that is known of a run.
type Status struct {
	Run
	Generations int         `json:"generations"`     // passes over the source
	Since       string      `json:"since,omitempty"` // the run from which it takes over what has not changed
	Stages      []Stage     `json:"stages"`
	Reasons     []Reason    `json:"reasons"` // why rows were dropped, most first
	Hosts       []Host      `json:"hosts"`   // that most is waited for, by all workers
	Workers     []Worker    `json:"workers"` // that have work of the run, or keep from the web because of it
	Quarantined Quarantined `json:"quarantined"`
	DeadLetters DeadLetters `json:"dead_letters"` // messages in the run's name that were no jobs
}

// Stage is one stage of a run.
type Stage struct {
	Stage      schemas.Stage `json:"stage"`
	Jobs       Jobs          `json:"jobs"`
	Items      string        `json:"items,omitempty"`    // what is counted: pages, images, vectors, rows
	Done       int64         `json:"done,omitempty"`     // items
	Underway   int64         `json:"underway,omitempty"` // items that jobs in work have done so far; a job that is cut does them again
	Planned    int64         `json:"planned,omitempty"`  // items, as far as is known
	Rate       float64       `json:"rate,omitempty"`     // items per second now
	ETASeconds float64       `json:"eta_seconds,omitempty"`
}

// Jobs counts a stage's jobs.
type Jobs struct {
	Done    int `json:"done"`
	Planned int `json:"planned,omitempty"` // as far as is known; 0 = not known
	Queued  int `json:"queued"`            // and in work
	Working int `json:"working"`           // of those
	GivenUp int `json:"given_up"`
}

// Reason is why rows were dropped.
type Reason struct {
	Reason schemas.Reason `json:"reason"`
	Class  schemas.Class  `json:"class"`
	Rows   int64          `json:"rows"`
}

// Host is a host that requests wait for.
type Host struct {
	Host        string  `json:"host"`
	Waiting     int     `json:"waiting"`      // requests that have not ended
	ForSeconds  float64 `json:"for_seconds"`  // since the oldest of them began
	LeftSeconds float64 `json:"left_seconds"` // until all have ended, going by those that have
	Why         string  `json:"why,omitempty"`
}

// Worker is what one worker does for a run.
type Worker struct {
	ID     string  `json:"id"`
	Host   string  `json:"host"`
	Rate   float64 `json:"rate"` // rows per second now
	Jobs   []Job   `json:"jobs"`
	Paused string  `json:"paused,omitempty"` // why it asks the web for nothing: an anomaly in this run
}

// Job is a job in work.
type Job struct {
	Run        string       `json:"run"`
	Job        string       `json:"job"`
	Task       schemas.Task `json:"task"`
	Attempt    int          `json:"attempt"`
	ForSeconds float64      `json:"for_seconds"`
	Rows       int64        `json:"rows"` // done so far
}

// Quarantined is the jobs that were given up.
type Quarantined struct {
	Total int       `json:"total"`
	Jobs  []GivenUp `json:"jobs"` // the first of them
}

// GivenUp is a job that was given up.
type GivenUp struct {
	Job      string       `json:"job"`
	Task     schemas.Task `json:"task"`
	Attempts int          `json:"attempts"`
	Error    string       `json:"error"`
}

// DeadLetters is messages that stood in the place of jobs and were none. Each was taken out at its first delivery.
type DeadLetters struct {
	Total   int          `json:"total"`
	Letters []DeadLetter `json:"letters"` // the latest of them
}

// DeadLetter is one of them.
type DeadLetter struct {
	Stage  schemas.Stage `json:"stage"`
	ID     string        `json:"id"` // what stood in the place of a job's
	Time   time.Time     `json:"time"`
	Reason string        `json:"reason"`
}
