package workers

import (
	"testing"
	"time"

	"pairmill/fetch"
	"pairmill/schemas"
)

func TestTimeThatAHostTakes(t *testing.T) {
	t.Parallel()
	s := time.Second
	for _, c := range []struct {
		name       string
		p          pace
		together   int
		pause, age time.Duration
		want       time.Duration
	}{
		{"no answer yet", pace{left: 9}, 1, 0, 4 * s, 4 * s},
		{"a pause before the first answer", pace{left: 9}, 1, 20 * s, 4 * s, 20 * s},
		{"as fast as so far", pace{left: 9, answered: 2, each: 27 * s}, 1, 0, s, 27 * s},
		{"two at a time", pace{left: 8, answered: 2, each: 24 * s}, 2, 0, s, 12 * s},
		{"the last one hangs", pace{left: 1, answered: 100, each: s}, 1, 0, 9 * s, 9 * s},
		{"a delay is in every answer", pace{left: 5, answered: 3, each: 20 * s}, 1, 3 * s, s, 20 * s},
		{"a pause is not", pace{left: 5, answered: 3, each: 20 * s}, 1, 30 * s, s, 50 * s},
	} {
		if got := c.p.time(c.together, c.pause, c.age); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// A host that becomes faster, as when another shard no longer waits for it too, is believed within a few answers.
func TestPaceIsThatOfTheLastAnswers(t *testing.T) {
	t.Parallel()
	q := &queue{left: 1000}
	for i := range 40 {
		took := 4 * time.Second
		if i >= 20 {
			took = time.Second
		}
		q.settle(fetch.Response{Took: took, Waited: time.Second})
	}
	var p pace
	p.add(q)
	if p.left != 960 || p.answered != 40 || p.mean() > 1300*time.Millisecond || p.mean() < time.Second || p.each < 960*2*time.Second || p.each > 960*2300*time.Millisecond {
		t.Errorf("%+v, an answer takes %v", p, p.mean())
	}
}

func TestWhichRequestTellsMost(t *testing.T) {
	t.Parallel()
	now := time.Now()
	at := func(s schemas.WaitState, ago time.Duration) fetch.Pending {
		return fetch.Pending{State: s, Entered: now.Add(-ago)}
	}
	for _, c := range []struct {
		name string
		a, b fetch.Pending
		want bool
	}{
		{"the wire before the queue", at(schemas.WaitAnswer, 1), at(schemas.WaitTurn, 9), true},
		{"the queue after the wire", at(schemas.WaitTurn, 9), at(schemas.WaitAnswer, 1), false},
		{"the older of two", at(schemas.WaitTurn, 9), at(schemas.WaitTurn, 1), true},
		{"not the younger", at(schemas.WaitAnswer, 1), at(schemas.WaitAnswer, 9), false},
	} {
		if got := tells(c.a, c.b); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
