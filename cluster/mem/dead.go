package mem

import (
	"context"
	"iter"
	"slices"
	"time"

	"pairmill/cluster"
)

// bury moves an entry to the dead letters, in the place of an earlier one of that name. The caller holds mu.
func (q *Queue) bury(l *lane, e *entry, reason string) {
	l.remove(e)
	q.dead = slices.DeleteFunc(q.dead, func(d cluster.DeadLetter) bool {
		return name{d.Run, d.Stage, d.ID} == e.name
	})
	q.dead = append(q.dead, cluster.DeadLetter{
		Run: e.run, Stage: e.stage, ID: e.id, Reason: cluster.Line(reason), Attempt: e.attempts, Time: time.Now(),
		Body: e.body[:min(len(e.body), cluster.MaxJob)],
	})
}

// DeadLetters lists what was rejected and what was no job, oldest first.
func (q *Queue) DeadLetters(ctx context.Context, run string) iter.Seq2[cluster.DeadLetter, error] {
	return func(yield func(cluster.DeadLetter, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(cluster.DeadLetter{}, err)
			return
		}
		for _, d := range q.deadOf(run) {
			if !yield(d, nil) {
				return
			}
		}
	}
}

func (q *Queue) deadOf(run string) []cluster.DeadLetter {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(q.dead), func(d cluster.DeadLetter) bool { return run != "" && d.Run != run })
}
