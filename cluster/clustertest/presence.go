package clustertest

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pairmill/cluster"
	"pairmill/schemas"
)

// announce shows a member until the returned function is called.
func announce(t *testing.T, p Peer, tell func() cluster.Member) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Announce(ctx, tell) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Announce: %v", err)
		}
	}
}

// wantMembers waits until exactly those are listed.
func wantMembers(t *testing.T, p Peer, soon time.Duration, want ...string) []cluster.Member {
	t.Helper()
	deadline := time.Now().Add(soon)
	for {
		list, err := p.Members(within(t))
		must(t, "Members", err)
		var ids []string
		for _, m := range list {
			ids = append(ids, m.ID)
		}
		if slices.Equal(ids, want) {
			return list
		}
		if time.Now().After(deadline) {
			t.Fatalf("members %v, want %v", ids, want)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func presence(t *testing.T, m Medium) {
	a, b := m.Join(t), m.Join(t)
	wantMembers(t, a, 0)
	var rows atomic.Int64
	worker := cluster.Member{
		ID: "w-1", Role: cluster.RoleWorker, Host: "h1", PID: 7, Version: "v", Started: time.Unix(1e9, 0).UTC(),
		Stages: []schemas.Stage{schemas.StageFetch}, Concurrency: 2,
		Waits: []cluster.HostWait{{Host: "a.test:80", Waiting: 3, Left: time.Minute, For: time.Second, Why: "Retry-After"}},
	}
	stop := announce(t, a, func() cluster.Member {
		w := worker
		w.Jobs = []cluster.Running{{Run: "r1", Job: "j", Rows: rows.Load()}}
		return w
	})
	stopTwo := announce(t, b, func() cluster.Member { return cluster.Member{ID: "w-0", Role: cluster.RoleWorker} })
	stopThree := announce(t, b, func() cluster.Member { return cluster.Member{ID: "z", Role: cluster.RoleControl, API: "127.0.0.1:1"} })
	got := wantMembers(t, b, patience, "z", "w-0", "w-1")[2]
	if got.Host != "h1" || got.PID != 7 || !got.Started.Equal(worker.Started) || got.Waits[0] != worker.Waits[0] || got.Jobs[0].Rows != 0 {
		t.Errorf("member %+v, want %+v", got, worker)
	}
	rows.Store(5)
	for deadline := time.Now().Add(3 * cluster.PresenceEvery); ; time.Sleep(10 * time.Millisecond) {
		if wantMembers(t, a, 0, "z", "w-0", "w-1")[2].Jobs[0].Rows == 5 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("a member is not shown anew")
		}
	}
	idle(t, cluster.PresenceTTL+time.Second)
	wantMembers(t, a, 0, "z", "w-0", "w-1")
	stop()
	wantMembers(t, b, time.Second, "z", "w-0")
	stopThree()
	stopTwo()
	wantMembers(t, a, time.Second)
}

func presenceCut(t *testing.T, m Medium) {
	a, b := m.Join(t), m.Join(t)
	stop := announce(t, a, func() cluster.Member { return cluster.Member{ID: "a"} })
	wantMembers(t, b, patience, "a")
	mend := m.Cut(t, a)
	wantMembers(t, b, cluster.PresenceTTL+3*time.Second)
	mend()
	wantMembers(t, b, patience, "a") // it comes back by itself
	must(t, "Close", a.Close())
	stop()
	wantMembers(t, b, time.Second)
}

func presenceMuch(t *testing.T, m Medium) {
	p := m.Join(t)
	much := cluster.Member{ID: "a", Jobs: make([]cluster.Running, 4000)}
	for i := range much.Jobs {
		much.Jobs[i] = cluster.Running{Run: strings.Repeat("r", 60), Job: strings.Repeat("j", 100), Rows: int64(i)}
	}
	stop := announce(t, p, func() cluster.Member { return much })
	jobs := wantMembers(t, p, patience, "a")[0].Jobs
	if len(jobs) < 1000 || len(jobs) >= 4000 || jobs[0].Rows != 0 {
		t.Errorf("%d jobs of 4000 are shown", len(jobs))
	}
	stop()
	much.ID = "Not Valid"
	if err := p.Announce(within(t), func() cluster.Member { return much }); err == nil {
		t.Error("announced a member without a valid id")
	}
}
