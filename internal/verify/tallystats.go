package verify

import (
	"context"
	"encoding/json"
	"slices"

	"pairmill/schemas"
	"pairmill/store"
)

// messageLimit is how many messages a delivered shard's stats tell apart at most; above it they are not compared.
const messageLimit = 100_000

// tallied is a delivered shard's stats, as far as its table says them.
type tallied struct {
	Count            int64            `json:"count"`
	Successes        int64            `json:"successes"`
	FailedToDownload int64            `json:"failed_to_download"`
	FailedToResize   int64            `json:"failed_to_resize"`
	Messages         map[string]int64 `json:"status_dict"`
}

// timed is when a shard's first request began and its last one ended, in Unix seconds.
type timed struct {
	Duration float64 `json:"duration"`
	Start    float64 `json:"start_time"`
	End      float64 `json:"end_time"`
}

// add counts a row of the table.
func (t *tallied) add(columns []schemas.Column, row []any) {
	text := func(name string) string {
		i := slices.IndexFunc(columns, func(c schemas.Column) bool { return c.Name == name })
		s, _ := row[i].(string)
		return s
	}
	t.Count++
	message := text("error_message")
	switch text("status") {
	case schemas.StatusSuccess:
		t.Successes++
		message = schemas.StatusSuccess
	case failures[0]:
		t.FailedToDownload++
	default:
		t.FailedToResize++
	}
	if len(t.Messages) < messageLimit || t.Messages[message] > 0 {
		t.Messages[message]++
	}
}

// statistics holds the stats against the table and against the observations of the fetch.
func (d *delivery) statistics(ctx context.Context, counted tallied) {
	c, q := d.c, whole(d.stats.Key)
	data, err := store.ReadAll(ctx, c.store, q.object, jsonLimit)
	var read struct {
		tallied
		timed
	}
	if err == nil {
		err = strict(data, &read)
	}
	if err != nil {
		c.unreadable(ctx, q, jsonPlace(data, err), err)
		return
	}
	if len(counted.Messages) >= messageLimit {
		counted.Messages = read.Messages
	}
	d.agree(whole(d.table.Key), q, counted, read.tallied)
	if seen, p, ok := d.times(ctx); ok {
		d.agree(p, q, seen, read.timed)
	}
}

// agree holds the fields of two values against each other.
func (d *delivery) agree(p, q at, a, b any) {
	fields := func(v any) map[string]string {
		out := map[string]string{}
		data, err := json.Marshal(v)
		var x any
		if err == nil {
			err = json.Unmarshal(data, &x)
		}
		if err != nil {
			d.c.fail(err)
		}
		flatten("", x, out)
		return out
	}
	fa, fb := fields(a), fields(b)
	for _, f := range sortedKeys(union(fa, fb)) {
		agree(d.c, p, q, Counts, "field "+f, fa[f], fb[f])
	}
}

// times returns when the shard was fetched; ok is false where nothing says so any more.
func (d *delivery) times(ctx context.Context) (t timed, p at, ok bool) {
	var start, end int64
	p = whole(store.CommitKey(d.fetched.Job))
	if d.fetched.Unobserved {
		return t, p, false
	}
	for _, o := range d.fetched.Of(schemas.RoleObservations) {
		p = whole(o.Key)
		if d.c.torn[o.Key] {
			return t, p, false
		}
		all, whole := readAll[schemas.Observation](ctx, d.c, o)
		if !whole {
			return t, p, false
		}
		for _, x := range all {
			if start == 0 || x.StartedMS < start {
				start = x.StartedMS
			}
			end = max(end, x.StartedMS+int64(x.TookMS))
		}
	}
	seconds := func(ms int64) float64 { return float64(ms) / 1000 }
	return timed{seconds(end - start), seconds(start), seconds(end)}, p, true
}
