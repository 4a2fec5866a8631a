package api

import (
	"time"

	"pairmill/cluster"
	"pairmill/schemas"
)

// Members is who is there.
type Members struct {
	Leader  string   `json:"leader,omitempty"` // id of the control plane that leads; empty between two
	Members []Member `json:"members"`
}

// Member is a process of the cluster.
type Member struct {
	ID          string          `json:"id"`
	Role        cluster.Role    `json:"role"`
	Host        string          `json:"host"`
	PID         int             `json:"pid"`
	Version     string          `json:"version"`
	Started     time.Time       `json:"started"`
	Draining    bool            `json:"draining,omitempty"`
	Paused      string          `json:"paused,omitempty"` // why it begins no jobs, or, of an anomaly, none that ask the web
	API         string          `json:"api,omitempty"`    // where a control plane listens
	Stages      []schemas.Stage `json:"stages,omitempty"`
	Concurrency int             `json:"concurrency,omitempty"`
	Rate        float64         `json:"rate"` // rows per second now, over all runs
	Jobs        []Job           `json:"jobs"`
}

// Logs is lines of a run's journal, oldest first.
type Logs struct {
	Lines []Line `json:"lines"`
}

// Line is one log line.
type Line struct {
	Time   time.Time `json:"time"`
	Job    string    `json:"job,omitempty"`
	Level  string    `json:"level"`
	Member string    `json:"member"`
	Text   string    `json:"text"`
}

// Series asks for a schedule.
type Series struct {
	Spec           string `json:"spec"`              // text of the spec
	Name           string `json:"name,omitempty"`    // of the schedule; default: the spec's name
	Cron           string `json:"cron,omitempty"`    // default: as the spec's section schedule says, as for the two that follow
	Zone           string `json:"zone,omitempty"`    // default UTC
	Overlap        string `json:"overlap,omitempty"` // default skip
	Weight         int    `json:"weight,omitempty"`  // of its runs; default 1
	By             string `json:"by,omitempty"`
	schemas.Limits        // of each of its runs
}

// Schedules is a list of schedules.
type Schedules struct {
	Schedules []Schedule `json:"schedules"`
}

// Schedule is a schedule and how it has gone.
type Schedule struct {
	Name    string     `json:"name"`
	Cron    string     `json:"cron"`
	Zone    string     `json:"zone"`
	Overlap string     `json:"overlap"`
	Weight  int        `json:"weight"`
	Paused  bool       `json:"paused"`
	By      string     `json:"by"`
	Changed time.Time  `json:"changed"`
	Next    *time.Time `json:"next,omitempty"` // when it is due; absent while it is paused
	Last    *LastRun   `json:"last,omitempty"` // its latest run
	schemas.Limits
}

// LastRun is the latest run of a schedule.
type LastRun struct {
	Run   string           `json:"run"`
	State schemas.RunState `json:"state"`
	Halt  schemas.Halt     `json:"halt,omitempty"` // why the leader has paused it
	Text  string           `json:"text,omitempty"` // why it is in this state
}

// Ticked says what a run of a schedule now came to.
type Ticked struct {
	Run     string `json:"run"`
	Outcome string `json:"outcome"` // submitted, queued or replaced
}

// Health is whether a process works.
type Health struct {
	OK       bool     `json:"ok"`
	Problems []string `json:"problems"`
}

// Error is the body of every answer that is not a success.
type Error struct {
	Error string `json:"error"`
}
