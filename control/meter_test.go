package control

import (
	"testing"
	"time"
)

func TestMeter(t *testing.T) {
	t.Parallel()
	start := time.Unix(1_000_000, 0)
	at := func(seconds float64) time.Time { return start.Add(time.Duration(seconds * float64(time.Second))) }
	var m meter
	for i := range 300 { // ten a second, for 30 s
		m.add(at(float64(i) / 10))
		if i == 4 {
			if got := m.perSecond(at(0.5)); got != 5 {
				t.Errorf("in the first second: %v, want what there was", got)
			}
		}
	}
	for _, c := range []struct{ at, want float64 }{{29.9, 10}, {34, 5}, {39, 0}, {500, 0}} {
		if got := m.perSecond(at(c.at)); got != c.want {
			t.Errorf("at %v s: %v, want %v", c.at, got, c.want)
		}
	}
	m.add(at(500))
	if got := m.perSecond(at(500)); got != 0.1 {
		t.Errorf("after a pause: %v", got)
	}
}
