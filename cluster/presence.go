package cluster

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
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

// Member is a process of the cluster, as it says of itself. What does not fit in MaxCall bytes is left out from the ends of
// its lists.
type Member struct {
	ID          string          `json:"id"` // unique while the process lives
	Role        Role            `json:"role"`
	Host        string          `json:"host"`
	PID         int             `json:"pid"`
	Version     string          `json:"version"`
	Started     time.Time       `json:"started"`
	Draining    bool            `json:"draining,omitempty"`
	Paused      string          `json:"paused,omitempty"`      // why it takes no jobs now: "disk", with figures; or none that ask the web: "anomaly"
	API         string          `json:"api,omitempty"`         // of a control plane: where it listens
	Stages      []schemas.Stage `json:"stages,omitempty"`      // of a worker
	Concurrency int             `json:"concurrency,omitempty"` // jobs of each stage at a time
	Jobs        []Running       `json:"jobs,omitempty"`        // in work, longest first
	Runs        []Rate          `json:"runs,omitempty"`        // what it has done for each run since it started
	Waits       []HostWait      `json:"waits,omitempty"`       // the hosts that will take longest, the slowest first
	Watches     []Watch         `json:"watches,omitempty"`     // what it sees of the latest rows of each run, those with an anomaly first
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

// Rate is what a process has done for a run in one stage since it started, and how fast it is now.
type Rate struct {
	Run     string                   `json:"run"`
	Stage   schemas.Stage            `json:"stage"`
	Rows    int64                    `json:"rows"`
	Bytes   int64                    `json:"bytes"`
	PerSec  float64                  `json:"per_sec"` // rows, over about the last ten seconds
	Reasons map[schemas.Reason]int64 `json:"reasons,omitempty"`
}

// Watch is what a worker sees of the latest rows that it has fetched for a run, in one term of the run: since it was submitted or
// resumed last.
type Watch struct {
	Run     string                 `json:"run"`
	Term    int                    `json:"term"`              // schemas.Standing.Term
	Rows    int                    `json:"rows"`              // that are looked at together: a window of them at most
	Telling bool                   `json:"telling,omitempty"` // they are enough, and on enough domains, to tell that nothing is wrong
	Reasons map[schemas.Reason]int `json:"reasons,omitempty"` // of those that were dropped
	Idle    time.Duration          `json:"idle"`              // since the latest
	Anomaly *schemas.Anomaly       `json:"anomaly,omitempty"` // what has taken over: the worker asks the web for nothing
}

// HostWait is a host that requests wait for.
type HostWait struct {
	Host    string        `json:"host"`
	Waiting int           `json:"waiting"` // requests that have not ended
	For     time.Duration `json:"for"`     // since the oldest of them began
	Left    time.Duration `json:"left"`    // until all have ended, going by those that have; 0 = not known
	Why     string        `json:"why"`     // Retry-After, Crawl-delay, slow answers …, as words
}

// Presence tells the processes of a cluster of each other.
type Presence interface {
	// Announce shows the member that tell returns, now and about every two seconds, until ctx ends or Close; then the member
	// leaves at once, and nil is returned. A process that dies is gone after PresenceTTL. The ID is schemas.ValidName, and
	// stays the same.
	Announce(ctx context.Context, tell func() Member) error

	// Members lists who is there, by role and then ID.
	Members(ctx context.Context) ([]Member, error)
}

// PresenceTTL is how long a member that says nothing more is listed.
const PresenceTTL = 10 * time.Second

// PresenceEvery is how often a member is shown anew: four may be lost.
const PresenceEvery = 2 * time.Second

// Encode writes a member as every medium carries it: one JSON object of at most MaxCall bytes.
func (m Member) Encode() ([]byte, error) {
	if !schemas.ValidName(m.ID) {
		return nil, fmt.Errorf("member %q: want an id of 1 to 64 of a-z, 0-9 and inner hyphens", m.ID)
	}
	for {
		b, err := json.Marshal(m)
		if err != nil {
			return nil, fmt.Errorf("encode member %s: %w", m.ID, err)
		}
		if len(b) <= MaxCall {
			return b, nil
		}
		if len(m.Jobs)+len(m.Runs)+len(m.Waits)+len(m.Watches) == 0 {
			return nil, fmt.Errorf("member %s has %d bytes without its lists: the limit is %d", m.ID, len(b), MaxCall)
		}
		m.Jobs, m.Runs, m.Waits, m.Watches = m.Jobs[:len(m.Jobs)/2], m.Runs[:len(m.Runs)/2], m.Waits[:len(m.Waits)/2], m.Watches[:len(m.Watches)/2]
	}
}

// DecodeMember reads what Encode wrote.
func DecodeMember(b []byte) (Member, error) {
	var m Member
	if err := json.Unmarshal(b, &m); err != nil {
		return Member{}, fmt.Errorf("no member: %w", err)
	}
	return m, nil
}

// SortMembers puts members in the order of Members.
func SortMembers(list []Member) {
	slices.SortFunc(list, func(a, b Member) int { return cmp.Or(cmp.Compare(a.Role, b.Role), cmp.Compare(a.ID, b.ID)) })
}
