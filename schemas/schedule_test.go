package schemas

import (
	"strings"
	"testing"
	"time"
)

func TestStandSeries(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		actions         string
		paused, removed bool
	}{
		{"", false, true},
		{"set", false, false},
		{"set pause", true, false},
		{"set pause resume", false, false},
		{"set pause set", true, false}, // other times do not wake what sleeps
		{"set remove", false, true},
		{"set pause remove set", false, false},
	} {
		var decisions []SeriesControl
		for i, word := range strings.Fields(c.actions) {
			d := SeriesControl{Version: Version, Number: i + 1, Action: SeriesAction(word), By: word}
			if d.Action == SeriesSet {
				d.Schedule, d.Spec = &Schedule{Cron: "@daily", Overlap: OverlapSkip}, "text"
			}
			if err := d.Check(i + 1); err != nil {
				t.Fatal(err)
			}
			decisions = append(decisions, d)
		}
		got := StandSeries(decisions)
		if got.Paused != c.paused || got.Removed != c.removed || !c.removed && (got.Cron != "@daily" || got.Spec != "text" || got.Weight != 1) {
			t.Errorf("%q: %+v", c.actions, got)
		}
	}
	if err := (SeriesControl{Version: Version, Number: 1, Action: SeriesSet}).Check(1); err == nil {
		t.Error("a set without times passes")
	}
}

func TestTickRun(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 2, 30, 0, 5, time.FixedZone("", 3600))
	name := TickRun(strings.Repeat("x", MaxSeries), at)
	if !ValidName(name) || !strings.HasSuffix(name, "x-20260301t013000z") {
		t.Errorf("name %q", name)
	}
	if ValidSeries(strings.Repeat("x", MaxSeries+1)) || ValidSeries("A") {
		t.Error("too long or too loud a name passes")
	}
}
