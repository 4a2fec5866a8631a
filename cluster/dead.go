package cluster

import (
	"context"
	"iter"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"pairmill/schemas"
)

// DeadLetter is a job that was rejected, or a message that was no job.
type DeadLetter struct {
	Run     string
	Stage   schemas.Stage
	ID      string    // Job.ID, or what stood in its place
	Reason  string    // one line, at most MaxReason bytes
	Attempt int       // the delivery at which it was given up, from 1
	Time    time.Time // when it was given up
	Body    []byte    // the message as it was; of a message larger than MaxJob, its first MaxJob bytes
}

// DeadLetterLister is the optional power of a Queue to show what it gave up. For each run, stage and ID only the
// latest dead letter is kept.
type DeadLetterLister interface {
	// DeadLetters lists those of a run, of every run when run is empty, oldest first.
	DeadLetters(ctx context.Context, run string) iter.Seq2[DeadLetter, error]
}

// MaxReason is the longest reason kept with a dead letter, in bytes.
const MaxReason = 1 << 10

// Line makes a reason fit a message header and a log line: one line of valid UTF-8 of at most MaxReason bytes, with
// spaces for control characters.
func Line(reason string) string {
	reason = strings.ToValidUTF8(reason[:min(len(reason), 2*MaxReason)], "\uFFFD")
	line := strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, reason))
	if len(line) <= MaxReason {
		return line
	}
	end := MaxReason
	for !utf8.RuneStart(line[end]) {
		end--
	}
	return line[:end]
}
