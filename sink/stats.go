package sink

import (
	"cmp"
	"context"
	"slices"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/table"
)

// statusLimit is img2dataset's bound of distinct messages in one shard's status_dict: when it is reached, the more
// frequent half stays.
const statusLimit = 100_000

// tally counts what became of a delivered shard's rows.
type tally struct {
	limit                     int
	count, successes          int64
	failedDownload, failedFit int64
	messages                  map[string]int64
	order                     []string // of messages, as they came
}

func newTally() *tally { return &tally{limit: statusLimit, messages: map[string]int64{}} }

func (t *tally) add(row *schemas.Row) {
	status, message := Status(row)
	t.count++
	switch status {
	case schemas.StatusSuccess:
		t.successes++
		message = status
	case StatusFailedToDownload:
		t.failedDownload++
	default:
		t.failedFit++
	}
	if len(t.order) >= t.limit {
		t.halve()
	}
	if t.messages[message] == 0 {
		t.order = append(t.order, message)
	}
	t.messages[message]++
}

// halve keeps the most frequent messages, equal ones as they came.
func (t *tally) halve() {
	slices.SortStableFunc(t.order, func(a, b string) int { return cmp.Compare(t.messages[b], t.messages[a]) })
	for _, m := range t.order[t.limit/2:] {
		delete(t.messages, m)
	}
	t.order = t.order[:t.limit/2]
}

// json is the content of _stats.json.
func (t *tally) json(c clock) []byte {
	var messages object
	for _, m := range t.order {
		messages = append(messages, entry{m, t.messages[m]})
	}
	return pythonJSON(object{
		{"count", t.count}, {"successes", t.successes}, {"failed_to_download", t.failedDownload},
		{"failed_to_resize", t.failedFit}, {"duration", seconds(c.end - c.start)}, {"start_time", seconds(c.start)},
		{"end_time", seconds(c.end)}, {"status_dict", messages},
	})
}

// clock is when a shard's first request began and its last one ended, in Unix milliseconds; zero when there was none.
type clock struct{ start, end int64 }

func seconds(ms int64) float64 { return float64(ms) / 1000 }

// clockOf reads the clock of a fetch from its observations, so that everybody who delivers the shard states the same.
func clockOf(ctx context.Context, s store.Store, rec schemas.Commit) (c clock, err error) {
	for _, o := range rec.Of(schemas.RoleObservations) {
		for seen, err := range table.Read[schemas.Observation](ctx, s, o.Key) {
			if err != nil {
				return c, err
			}
			if c.start == 0 || seen.StartedMS < c.start {
				c.start = seen.StartedMS
			}
			c.end = max(c.end, seen.StartedMS+int64(seen.TookMS))
		}
	}
	return c, nil
}
