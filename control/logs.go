package control

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"pairmill/control/api"
)

// defaultLines and maxLines are how many log lines an answer has, the latest ones.
const defaultLines, maxLines = 1000, 10_000

// logs answers with a run's journal.
func (c *Control) logs(r *http.Request) (any, error) {
	run, job := r.PathValue("run"), r.FormValue("job")
	if _, err := c.standing(r.Context(), run); err != nil {
		return nil, err
	}
	most, after := defaultLines, time.Time{}
	if s := r.FormValue("lines"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > maxLines {
			return nil, invalid("lines %q: want 1 to %d", s, maxLines)
		}
		most = n
	}
	if s := r.FormValue("after"); s != "" {
		t, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			return nil, invalid("after %q: want a time such as 2026-01-31T12:00:00Z", s)
		}
		after = t
	}
	out := api.Logs{Lines: []api.Line{}}
	for e, err := range c.medium.Journal.Lines(r.Context(), run, job) {
		if err != nil {
			return nil, err
		}
		if !e.Time.After(after) {
			continue
		}
		if len(out.Lines) >= 2*most {
			out.Lines = slices.Clone(out.Lines[len(out.Lines)-most:])
		}
		out.Lines = append(out.Lines, api.Line{Time: e.Time, Job: e.Job, Level: e.Level, Member: e.Member, Text: e.Text})
	}
	out.Lines = out.Lines[max(0, len(out.Lines)-most):]
	return out, nil
}
