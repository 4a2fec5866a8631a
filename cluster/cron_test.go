package cluster

import (
	"strings"
	"testing"
	"time"
)

func schedule(t *testing.T, expression, zone string) Schedule {
	t.Helper()
	s, err := Timer{Name: "t", Cron: expression, Zone: zone}.Parse()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTimesOfSchedules(t *testing.T) {
	for _, c := range []struct {
		cron, zone, after string
		want              []string
	}{
		{"* * * * *", "", "2026-03-01T10:00:30Z", []string{"2026-03-01T10:01:00Z", "2026-03-01T10:02:00Z"}},
		{"@hourly", "", "2026-03-01T10:00:00Z", []string{"2026-03-01T11:00:00Z"}},
		{"*/15 8-9 * * 1-5", "", "2026-03-06T09:45:00Z", []string{"2026-03-09T08:00:00Z"}},
		{"0 0 13 * FRI", "", "2026-03-01T00:00:00Z", []string{"2026-03-06T00:00:00Z", "2026-03-13T00:00:00Z"}}, // either is enough
		{"@monthly", "Europe/Berlin", "2026-03-15T00:00:00Z", []string{"2026-03-31T22:00:00Z", "2026-04-30T22:00:00Z"}},
		{"30 2 * * *", "Europe/Berlin", "2026-03-27T12:00:00Z", []string{"2026-03-28T01:30:00Z", "2026-03-30T00:30:00Z"}},                         // no 2:30 on the 29th
		{"30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", []string{"2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-26T01:30:00Z"}}, // two 2:30 on the 25th
		{"0 12 29 2 *", "", "2026-01-01T00:00:00Z", []string{"2028-02-29T12:00:00Z"}},
	} {
		s := schedule(t, c.cron, c.zone)
		at, err := time.Parse(time.RFC3339, c.after)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range c.want {
			before := at
			at = s.Next(at)
			if got := at.Format(time.RFC3339); got != want {
				t.Errorf("%s in %q: %s after %v, want %s", c.cron, c.zone, got, before, want)
			}
			if last := s.Last(at); !last.Equal(at) {
				t.Errorf("%s in %q: last at its own time %v is %v", c.cron, c.zone, at, last)
			}
			if last := s.Last(at.Add(30 * time.Second)); !last.Equal(at) {
				t.Errorf("%s in %q: last shortly after %v is %v", c.cron, c.zone, at, last)
			}
		}
	}
}

func TestLastReachesFarBack(t *testing.T) {
	s := schedule(t, "0 0 29 2 *", "")
	if got := s.Last(time.Date(2027, 12, 1, 0, 0, 0, 0, time.UTC)); !got.Equal(time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("the last 29 February before December 2027 is %v", got)
	}
}

func TestTimersAreRefused(t *testing.T) {
	for _, c := range []struct{ name, cron, zone, want string }{
		{"t", "", "", "0 fields"},
		{"t", "0 * * * * *", "", "6 fields"},
		{"t", "-1 * * * *", "", "field 1, minute"},
		{"t", "* 24 * * *", "", "field 2, hour"},
		{"t", "* * 0 * *", "", "field 3, day of month"},
		{"t", "* * * JANUARY *", "", "field 4, month"},
		{"t", "* * * * 7", "", "field 5, day of week"},
		{"t", "? * * * *", "", "field 1, minute"},
		{"t", "TZ=UTC * * * *", "", "field 1, minute"},
		{"t", "@every 5m", "", "@monthly"},
		{"t", "0 0 30 2 *", "", "never due"},
		{"t", "@daily", "Local", `"Local"`},
		{"t", "@daily", "../etc", "IANA"},
		{"T", "@daily", "", `"T"`},
	} {
		_, err := Timer{Name: c.name, Cron: c.cron, Zone: c.zone}.Parse()
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q %q %q: %v, want %q in it", c.name, c.cron, c.zone, err, c.want)
		}
	}
}

func FuzzSchedule(f *testing.F) {
	f.Add("*/15 8-9 * * 1-5", "Europe/Berlin", int64(1772354730))
	f.Add("0 0 29 2 *", "", int64(0))
	f.Fuzz(func(t *testing.T, expression, zone string, unix int64) {
		s, err := Timer{Name: "t", Cron: expression, Zone: zone}.Parse()
		if err != nil || unix < 0 || unix > 1<<32 {
			return
		}
		at := time.Unix(unix, 0)
		next := s.Next(at)
		if next.IsZero() {
			return
		}
		if !next.After(at) {
			t.Fatalf("%q: %v is after %v", expression, next, at)
		}
		if last := s.Last(next); !last.Equal(next) {
			t.Fatalf("%q: last at %v is %v", expression, next, last)
		}
	})
}
