package specfile

import (
	"pairmill/cluster"
	"pairmill/schemas"
)

func (c *Problems) schedule(spec schemas.Spec) {
	s := *spec.Schedule
	if _, err := (cluster.Timer{Name: "timer", Cron: s.Cron}).Parse(); err != nil {
		c.add(0, "schedule.cron", "%v", err)
	}
	if _, err := (cluster.Timer{Name: "timer", Cron: "@daily", Zone: s.Zone}).Parse(); err != nil {
		c.add(0, "schedule.zone", "%v", err)
	}
	c.word("schedule.overlap", s.Overlap, schemas.Overlaps()...)
	if schemas.ValidName(spec.Name) && !schemas.ValidSeries(spec.Name) {
		c.add(0, "name", "%q is too long for a schedule: want at most %d bytes, because each run has its time behind it", spec.Name, schemas.MaxSeries)
	}
	if spec.Deliver.Writes() {
		c.add(0, "schedule", "and deliver exclude each other: shards at the top of a store belong to one run")
	}
}
