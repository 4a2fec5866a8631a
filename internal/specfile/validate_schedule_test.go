package specfile

import (
	"strings"
	"testing"

	"pairmill/schemas"
)

func TestValidateSchedule(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		edit func(*schemas.Spec)
		want string // empty = valid
	}{
		{"daily", func(s *schemas.Spec) {}, ""},
		{"five fields", func(s *schemas.Spec) { s.Schedule.Cron = "*/15 6-22 * * MON-FRI" }, ""},
		{"a zone", func(s *schemas.Spec) { s.Schedule.Zone = "Asia/Tokyo" }, ""},
		{"no times", func(s *schemas.Spec) { s.Schedule.Cron = "" }, "schedule.cron: "},
		{"hour 25", func(s *schemas.Spec) { s.Schedule.Cron = "0 25 * * *" }, `field 2, hour: "25" cannot be read`},
		{"never", func(s *schemas.Spec) { s.Schedule.Cron = "0 0 31 2 *" }, "is never due"},
		{"no such zone", func(s *schemas.Spec) { s.Schedule.Zone = "Mars/Olympus" }, "schedule.zone: "},
		{"overlap", func(s *schemas.Spec) { s.Schedule.Overlap = "pile-up" }, `schedule.overlap: "pile-up" is unknown: want skip, queue, replace`},
		{"long name", func(s *schemas.Spec) { s.Name = strings.Repeat("a", 48) }, "want at most 47 bytes"},
		{"longest name", func(s *schemas.Spec) { s.Name = strings.Repeat("a", 47) }, ""},
		{"delivery", func(s *schemas.Spec) {
			list := listed("urls.csv")
			s.Source, s.Deliver = list.Source, list.Deliver
		}, "schedule: and deliver exclude each other"},
	} {
		spec, schedule := valid("https://example.com/"), DefaultSchedule()
		schedule.Cron, spec.Schedule = "@daily", &schedule
		c.edit(&spec)
		err := Validate(spec)
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: error %v, want %q in it", c.name, err, c.want)
		}
	}
}
