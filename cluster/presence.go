package cluster

import (
	"context"
	"time"

	"pairmill/schemas"
)

// Role is what a process does for the cluster.
type Role string

// The roles.
const (
	RoleControl Role = "control" // decides: scheduler, reconciler, pacer, API
	RoleWorker  Role = "worker"  // runs jobs
)

// Member is a process of the cluster, as it says of itself. Encoded it has at most MaxCall bytes.
type Member struct {
	ID          string          `json:"id"` // unique while the process lives
	Role        Role            `json:"role"`
	Host        string          `json:"host"`
	PID         int             `json:"pid"`
	Version     string          `json:"version"`
	Started     time.Time       `json:"started"`
	Draining    bool            `json:"draining,omitempty"`
	Paused      string          `json:"paused,omitempty"`      // why it takes no jobs now: "disk", with figures
	API         string          `json:"api,omitempty"`         // of a control plane: where it listens
	Stages      []schemas.Stage `json:"stages,omitempty"`      // of a worker
	Concurrency int             `json:"concurrency,omitempty"` // jobs of each stage at a time
	Jobs        []Running       `json:"jobs,omitempty"`        // in work, longest first
	Runs        []Rate          `json:"runs,omitempty"`        // what it has done for each run since it started
	Waits       []HostWait      `json:"waits,omitempty"`       // the hosts that most is waited for, longest first
}

// Running is a job in work.
type Running struct {
	Run     string        `json:"run"`
	Job     string        `json:"job"` // schemas.Job.ID
	Task    schemas.Task  `json:"task"`
	Attempt int           `json:"attempt"`
	For     time.Duration `json:"for"`
	Rows    int64         `json:"rows"` // done so far
}

// Rate is what a process has done for a run since it started, and how fast it is now.
type Rate struct {
	Run     string                   `json:"run"`
	Rows    int64                    `json:"rows"`
	Bytes   int64                    `json:"bytes"`
	PerSec  float64                  `json:"per_sec"` // rows, over about the last ten seconds
	Reasons map[schemas.Reason]int64 `json:"reasons,omitempty"`
}

// HostWait is a host that requests wait for.
type HostWait struct {
	Host    string        `json:"host"`
	Waiting int           `json:"waiting"` // requests that have not started
	Open    int           `json:"open"`    // requests in flight
	For     time.Duration `json:"for"`     // since the longest waiting asked
	Why     string        `json:"why"`     // Retry-After, Crawl-delay, slow answers …, as words
}

// Presence tells the processes of a cluster of each other.
type Presence interface {
	// Announce shows the member that tell returns, now and about every two seconds, until ctx ends; then the member
	// leaves at once, and nil is returned. A process that dies is gone after PresenceTTL.
	Announce(ctx context.Context, tell func() Member) error

	// Members lists who is there, by role and then ID.
	Members(ctx context.Context) ([]Member, error)
}

// PresenceTTL is how long a member that says nothing more is listed.
const PresenceTTL = 10 * time.Second
