package pace

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"pairmill/cluster"
)

// note is what an owner leaves to its successor: that a host is paused, for as long as the note is kept, or has a
// Crawl-delay.
type note struct {
	Host       string        `json:"host"`
	CrawlDelay time.Duration `json:"crawl_delay,omitempty"`
	Why        string        `json:"why,omitempty"` // of the pause

	ttl time.Duration
}

// name is the note's own: a pause and a delay of a host are kept apart, each in the place of an earlier one.
func (n note) name() string {
	sum := sha256.Sum256([]byte(n.Host))
	if n.CrawlDelay > 0 {
		return "delay-" + hex.EncodeToString(sum[:16])
	}
	return "pause-" + hex.EncodeToString(sum[:16])
}

func (n note) encode() []byte {
	b, err := json.Marshal(n)
	if err != nil {
		panic(err) // strings and numbers
	}
	return b
}

// recall reads what the predecessors of a desk have left.
func recall(ctx context.Context, memory cluster.Memory, name string) ([]note, error) {
	var notes []note
	for m, err := range memory.Recall(ctx, name) {
		if err != nil {
			return nil, err
		}
		var n note
		if err := json.Unmarshal(m.Value, &n); err != nil {
			return nil, fmt.Errorf("what is remembered as %s of %s is no host: %w", m.Name, name, err)
		}
		n.ttl = m.Left
		notes = append(notes, n)
	}
	return notes, nil
}
