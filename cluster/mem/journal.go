package mem

import (
	"context"
	"iter"
	"slices"

	"pairmill/cluster"
)

// maxKept bounds the journal, in bytes of text and names: some hundred thousand lines.
const maxKept = 16 << 20

// line is an entry with what it weighs.
type line struct {
	cluster.Entry
	size int
}

// Note adds a line. A peer that is cut off, or closed, drops it.
func (p *Peer) Note(e cluster.Entry) {
	p.m.mu.Lock()
	defer p.m.mu.Unlock()
	if p.cut || p.closed {
		p.lost[e.Run]++
		return
	}
	e = e.Fit()
	if n := p.lost[e.Run]; n > 0 {
		delete(p.lost, e.Run)
		p.m.write(cluster.Dropped(n, e))
	}
	p.m.write(e)
}

// write adds an entry and forgets the oldest. The caller holds mu.
func (m *Medium) write(e cluster.Entry) {
	l := line{e, len(e.Run) + len(e.Job) + len(e.Level) + len(e.Member) + len(e.Text)}
	m.lines, m.kept = append(m.lines, l), m.kept+l.size
	forget := 0
	for m.kept > maxKept {
		m.kept -= m.lines[forget].size
		forget++
	}
	if forget > 0 {
		clear(m.lines[:forget])
		m.lines = m.lines[forget:]
	}
}

// Lines lists those of a run, oldest first.
func (p *Peer) Lines(ctx context.Context, run, job string) iter.Seq2[cluster.Entry, error] {
	return func(yield func(cluster.Entry, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(cluster.Entry{}, err)
			return
		}
		p.m.mu.Lock()
		lines, closed := slices.Clone(p.m.lines), p.closed
		p.m.mu.Unlock()
		if closed {
			yield(cluster.Entry{}, cluster.ErrClosed)
			return
		}
		for _, l := range lines {
			if l.Run == run && (job == "" || l.Job == job) && !yield(l.Entry, nil) {
				return
			}
		}
	}
}
