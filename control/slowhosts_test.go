package control

import (
	"reflect"
	"testing"
	"time"

	"pairmill/cluster"
	"pairmill/control/api"
	"pairmill/schemas"
)

func TestSlowHosts(t *testing.T) {
	t.Parallel()
	got := slowHosts(schemas.Waits{Slowest: []schemas.HostWait{
		{Host: "a.test:80", URLs: 400, State: schemas.WaitTurn, StateMS: 100, AgeMS: 7000, PauseMS: 95_000, Why: "Retry-After", MeanMS: 1234, LeftMS: 600_000},
		{Host: "b.test:80", URLs: 3, State: schemas.WaitAnswer, StateMS: 9000, AgeMS: 9000, LeftMS: 9000},
		{Host: "c.test:80", URLs: 1, State: schemas.WaitRetry, StateMS: 4000, AgeMS: 5000, LeftMS: 5000},
		{Host: "d.test:80", URLs: 1, State: schemas.WaitAnswer, StateMS: 40, AgeMS: 40, LeftMS: 1900},
	}})
	want := []cluster.HostWait{
		{Host: "a.test:80", Waiting: 400, For: 7 * time.Second, Left: 10 * time.Minute, Why: "Retry-After, 1m35s left; an answer takes 1.23s"},
		{Host: "b.test:80", Waiting: 3, For: 9 * time.Second, Left: 9 * time.Second, Why: "waits for its answer for 9s"},
		{Host: "c.test:80", Waiting: 1, For: 5 * time.Second, Left: 5 * time.Second, Why: "next try in 4s"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestHostsOfAllWorkers(t *testing.T) {
	t.Parallel()
	got := hosts([]cluster.Member{
		{Waits: []cluster.HostWait{{Host: "a", Waiting: 5, For: time.Second, Left: time.Minute, Why: "pause"}, {Host: "b", Waiting: 1, Left: 5 * time.Second}}},
		{Waits: []cluster.HostWait{{Host: "a", Waiting: 7, For: 3 * time.Second, Left: 2 * time.Second, Why: "other"}}},
		{},
	})
	want := []api.Host{{Host: "a", Waiting: 12, ForSeconds: 3, LeftSeconds: 60, Why: "pause"}, {Host: "b", Waiting: 1, LeftSeconds: 5}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	var many []cluster.HostWait
	for i := range 2 * shownHosts {
		many = append(many, cluster.HostWait{Host: string(rune('a' + i)), Left: time.Duration(i) * time.Second})
	}
	if got := hosts([]cluster.Member{{Waits: many}}); len(got) != shownHosts || got[0].LeftSeconds != 2*shownHosts-1 {
		t.Errorf("%d hosts, the first %+v", len(got), got[0])
	}
}
