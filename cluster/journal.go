package cluster

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"time"
	"unicode/utf8"
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

// MaxEntry is the longest Entry.Text that is kept, in bytes; the end of a longer one is cut.
const MaxEntry = 16 << 10

// Fit brings an entry within its bounds: times in UTC, a text of valid UTF-8 of at most MaxEntry bytes.
func (e Entry) Fit() Entry {
	e.Time = e.Time.UTC()
	e.Text = strings.ToValidUTF8(e.Text[:min(len(e.Text), MaxEntry)], "\uFFFD")
	for len(e.Text) > MaxEntry {
		_, size := utf8.DecodeLastRuneInString(e.Text)
		e.Text = e.Text[:len(e.Text)-size]
	}
	return e
}

// Dropped is the entry that says how many of a run's lines were dropped before one that fits.
func Dropped(n int, before Entry) Entry {
	return Entry{Time: before.Time, Run: before.Run, Level: "WARN", Member: before.Member,
		Text: fmt.Sprintf("%d lines dropped here: the journal could not keep up", n)}
}

// Journal keeps the latest log lines of jobs where every process can read them. It holds a bounded amount and forgets
// the oldest; a line may be lost with the process that wrote it. Logs on standard error are complete.
type Journal interface {
	// Note adds a line. It does not block: when the journal cannot keep up, lines are counted and dropped, and the next
	// line that fits says how many.
	Note(e Entry)

	// Lines lists those of a run, oldest first; of one job, if job is not empty. It ends with the last line that was there
	// when it began.
	Lines(ctx context.Context, run, job string) iter.Seq2[Entry, error]
}
