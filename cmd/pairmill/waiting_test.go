package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pairmill/schemas"
)

func TestWaitingForAHost(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		wait schemas.HostWait
		want string
	}{
		{schemas.HostWait{Host: "a.test:80", URLs: 37, State: schemas.WaitAnswer, StateMS: 900, MeanMS: 2100, LeftMS: 77_700},
			"a.test: 37 urls, about 1m18s; an answer takes 2.1s"},
		{schemas.HostWait{Host: "a.test:443", URLs: 1, State: schemas.WaitAnswer, StateMS: 8000, LeftMS: 8000}, "a.test: 1 url; no answer for 8.0s"},
		{schemas.HostWait{Host: "a.test:8080", URLs: 4, State: schemas.WaitAnswer, StateMS: 8000, MeanMS: 40, LeftMS: 8000},
			"a.test:8080: 4 urls, about 8.0s; no answer for 8.0s; an answer takes 40ms"},
		{schemas.HostWait{Host: "a.test:80", URLs: 4, State: schemas.WaitTurn, StateMS: 2000, PauseMS: 18_000, Why: "Retry-After", LeftMS: 18_000},
			"a.test: 4 urls, about 18s; Retry-After, 18s left"},
		{schemas.HostWait{Host: "a.test:80", URLs: 4, State: schemas.WaitTurn, StateMS: 2000, PauseMS: 18_000, LeftMS: 18_000},
			"a.test: 4 urls, about 18s; pause, 18s left"},
		{schemas.HostWait{Host: "a.test:80", URLs: 4, State: schemas.WaitTurn, StateMS: 3000, LeftMS: 5000}, "a.test: 4 urls; waits for its turn for 3.0s"},
		{schemas.HostWait{Host: "a.test:80", URLs: 4, State: schemas.WaitRobots, StateMS: 9000, LeftMS: 9000}, "a.test: 4 urls; waits for its robots.txt for 9.0s"},
		{schemas.HostWait{Host: "a.test:80", URLs: 4, State: schemas.WaitName, StateMS: 9000, LeftMS: 9000}, "a.test: 4 urls; waits for its name for 9.0s"},
		{schemas.HostWait{Host: "a.test:80", URLs: 4, State: schemas.WaitRetry, StateMS: 1500, LeftMS: 9000}, "a.test: 4 urls; next try in 1.5s"},
		{schemas.HostWait{Host: "a.test:80", URLs: 4, State: schemas.WaitMemory, StateMS: 1500, LeftMS: 9000}, "a.test: 4 urls; a picture waits for room in memory"},
		{schemas.HostWait{Host: strings.Repeat("x", 60) + ".test:80", URLs: 1, State: schemas.WaitAnswer, LeftMS: 3000},
			"…" + strings.Repeat("x", 43) + ".test: 1 url"},
	} {
		got := waitLines(schemas.Waits{InFlight: 1, Slowest: []schemas.HostWait{c.wait}})
		if len(got) != 1 || got[0] != c.want {
			t.Errorf("%q\nwant %q", got, c.want)
		}
	}
}

func TestWaitingForWhat(t *testing.T) {
	t.Parallel()
	hosts := func(n int, left time.Duration) (all []schemas.HostWait) {
		for i := range n {
			all = append(all, schemas.HostWait{Host: fmt.Sprintf("%d.test:80", i), URLs: 2, State: schemas.WaitAnswer, LeftMS: left.Milliseconds()})
		}
		return all
	}
	for _, c := range []struct {
		name  string
		waits schemas.Waits
		want  []string
	}{
		{"nothing", schemas.Waits{}, nil},
		{"all are quick", schemas.Waits{InFlight: 9, Slowest: hosts(9, time.Second)}, nil},
		{"many are slow", schemas.Waits{InFlight: 9, Slowest: append(hosts(5, 9*time.Second), hosts(9, time.Second)...)},
			[]string{"0.test: 2 urls", "1.test: 2 urls", "2.test: 2 urls", "and 2 hosts more"}},
		{"one too many", schemas.Waits{InFlight: 9, Slowest: hosts(4, 9*time.Second)}, []string{"0.test: 2 urls", "1.test: 2 urls", "2.test: 2 urls", "and 1 host more"}},
		{"cores", schemas.Waits{InFlight: 3, Pixels: 30, Queued: 10, Slowest: hosts(1, 9*time.Second)},
			[]string{"the processor: 30 pictures have come and find every core at work", "0.test: 2 urls"}},
		{"requests", schemas.Waits{InFlight: 64, Queued: 900, Slowest: hosts(1, 9*time.Second)},
			[]string{"a request to end: 64 are in flight, and 900 hosts wait to be asked", "0.test: 2 urls"}},
		{"neither clearly", schemas.Waits{InFlight: 30, Pixels: 20, Queued: 10}, nil},
	} {
		if got := waitLines(c.waits); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q\nwant %q", c.name, got, c.want)
		}
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "0ms", 40 * time.Millisecond: "40ms", 1440 * time.Millisecond: "1.4s", 12 * time.Second: "12s", 185 * time.Second: "3m5s",
		2*time.Hour + 10*time.Minute + 9*time.Second: "2h10m", 26 * time.Hour: "26h0m",
	} {
		if got := clock(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}
