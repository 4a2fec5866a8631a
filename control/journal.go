package control

import (
	"context"
	"log/slog"
	"strings"

	"pairmill/cluster"
)

// Journaled is a log handler that also notes lines which concern a run, by their attribute "run", in the cluster's journal,
// where every control plane can read them. The attribute "job" says which job they concern.
func Journaled(next slog.Handler, to cluster.Journal, member string) slog.Handler {
	return &journaled{next: next, to: to, member: member}
}

type journaled struct {
	next     slog.Handler
	to       cluster.Journal
	member   string
	run, job string
	with     func(slog.Handler) slog.Handler // attributes and groups so far, for the text of a line
	grouped  bool                            // attributes have a group before them: none of them is run or job
}

// Enabled lets the journal have everything from Info on, whatever the others want.
func (j *journaled) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelInfo || j.next.Enabled(ctx, level)
}

// Handle passes a line on, and notes it.
func (j *journaled) Handle(ctx context.Context, r slog.Record) error {
	run, job := j.run, j.job
	if !j.grouped {
		r.Attrs(func(a slog.Attr) bool {
			run, job = named(a, run, job)
			return true
		})
	}
	if run != "" && r.Level >= slog.LevelInfo {
		j.to.Note(cluster.Entry{Time: r.Time, Run: run, Job: job, Level: r.Level.String(), Member: j.member, Text: j.text(ctx, r)})
	}
	if !j.next.Enabled(ctx, r.Level) {
		return nil
	}
	return j.next.Handle(ctx, r)
}

// text is a line without what the entry says elsewhere.
func (j *journaled) text(ctx context.Context, r slog.Record) string {
	var b strings.Builder
	var h slog.Handler = slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 {
			switch a.Key {
			case slog.TimeKey, slog.LevelKey, "run", "job", "member":
				return slog.Attr{}
			}
		}
		return a
	}})
	if j.with != nil {
		h = j.with(h)
	}
	if err := h.Handle(ctx, r); err != nil {
		return r.Message
	}
	return strings.TrimSuffix(strings.TrimPrefix(b.String(), "msg="), "\n")
}

func named(a slog.Attr, run, job string) (string, string) {
	switch a.Key {
	case "run":
		run = a.Value.String()
	case "job":
		job = a.Value.String()
	}
	return run, job
}

// WithAttrs implements slog.Handler.
func (j *journaled) WithAttrs(attrs []slog.Attr) slog.Handler {
	c := j.then(func(h slog.Handler) slog.Handler { return h.WithAttrs(attrs) })
	if !j.grouped {
		for _, a := range attrs {
			c.run, c.job = named(a, c.run, c.job)
		}
	}
	return c
}

// WithGroup implements slog.Handler.
func (j *journaled) WithGroup(name string) slog.Handler {
	c := j.then(func(h slog.Handler) slog.Handler { return h.WithGroup(name) })
	c.grouped = c.grouped || name != ""
	return c
}

func (j *journaled) then(f func(slog.Handler) slog.Handler) *journaled {
	c, before := *j, j.with
	c.next = f(j.next)
	c.with = func(h slog.Handler) slog.Handler {
		if before != nil {
			h = before(h)
		}
		return f(h)
	}
	return &c
}
