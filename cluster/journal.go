package cluster

import (
	"context"
	"iter"
	"time"
)

// Entry is one log line of a job.
type Entry struct {
	Time   time.Time `json:"time"`
	Run    string    `json:"run"`
	Job    string    `json:"job"` // schemas.Job.ID; empty for lines about the run as a whole
	Level  string    `json:"level"`
	Member string    `json:"member"`
	Text   string    `json:"text"` // message and attributes, as slog's text handler writes them
}

// Journal keeps the latest log lines of jobs where every process can read them. It holds a bounded amount and forgets
// the oldest; a line may be lost with the process that wrote it. Logs on standard error are complete.
type Journal interface {
	// Note adds a line. It does not block: when the journal cannot keep up, lines are counted and dropped, and the next
	// line that fits says how many.
	Note(e Entry)

	// Lines lists those of a run, oldest first; of one job, if job is not empty.
	Lines(ctx context.Context, run, job string) iter.Seq2[Entry, error]
}
