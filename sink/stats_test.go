package sink

import (
	"maps"
	"slices"
	"testing"

	"pairmill/schemas"
)

func TestTallyHalves(t *testing.T) {
	t.Parallel()
	c := newTally()
	if c.limit != 100_000 {
		t.Errorf("limit %d", c.limit)
	}
	c.limit = 4
	for _, detail := range []string{"a", "b", "c", "b", "d"} {
		c.add(&schemas.Row{Reason: "http_status", Detail: detail})
	}
	// the limit is reached: of a, b (twice), c, d stay b and, as the first of equals, a
	c.add(&schemas.Row{})
	want := map[string]int64{"http_status: b": 2, "http_status: a": 1, "success": 1}
	if !maps.Equal(c.messages, want) || !slices.Equal(c.order, []string{"http_status: b", "http_status: a", "success"}) {
		t.Errorf("%v %v", c.messages, c.order)
	}
	if c.count != 6 || c.successes != 1 || c.failedDownload != 5 || c.failedFit != 0 {
		t.Errorf("%+v", c)
	}
}

// Nothing asked, nothing seen: img2dataset has no such shard, and a reader must still be able to parse this.
func TestEmptyStats(t *testing.T) {
	t.Parallel()
	want := `{
    "count": 0,
    "successes": 0,
    "failed_to_download": 0,
    "failed_to_resize": 0,
    "duration": 0.0,
    "start_time": 0.0,
    "end_time": 0.0,
    "status_dict": {}
}`
	if got := string(newTally().json(clock{})); got != want {
		t.Errorf("%s", got)
	}
}
