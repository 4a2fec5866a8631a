package main

import "time"

// paceWindow is over how long a rate is taken, so that it follows a change within half a minute and does not tremble.
const paceWindow = 30 * time.Second

// pace is how fast a count has grown of late: what it was at each of the last seconds in which it changed.
type pace struct {
	marks []mark
}

type mark struct {
	at   time.Time
	done int64
}

// note takes in what the count is now.
func (p *pace) note(now time.Time, done int64) {
	if n := len(p.marks); n > 0 && now.Sub(p.marks[n-1].at) < time.Second {
		return
	}
	p.marks = append(p.marks, mark{now, done})
	for len(p.marks) > 2 && now.Sub(p.marks[1].at) >= paceWindow {
		p.marks = p.marks[1:]
	}
}

// perSecond is the rate up to now. A count that stands still falls, since time passes.
func (p *pace) perSecond(now time.Time, done int64) float64 {
	if len(p.marks) == 0 {
		return 0
	}
	first := p.marks[0]
	return float64(max(done-first.done, 0)) / max(now.Sub(first.at).Seconds(), 0.001)
}
