package clustertest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pairmill/cluster"
)

// linesOf waits until a run's last line is there.
func linesOf(t *testing.T, p Peer, run, job, last string) []cluster.Entry {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		var list []cluster.Entry
		for e, err := range p.Lines(within(t), run, job) {
			must(t, "Lines", err)
			list = append(list, e)
		}
		if n := len(list); n > 0 && list[n-1].Text == last {
			return list
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d lines, and not %q at their end", len(list), last)
		}
	}
}

func journal(t *testing.T, m Medium) {
	a, b := m.Join(t), m.Join(t)
	for range b.Lines(within(t), "r1", "") {
		t.Fatal("a line in an empty journal")
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 6000, time.FixedZone("x", 3600))
	for i := range 500 {
		a.Note(cluster.Entry{Time: at, Run: "r1", Job: fmt.Sprintf("g0_fetch-%d", i%2), Level: "INFO", Member: "w1", Text: fmt.Sprint("line ", i)})
	}
	a.Note(cluster.Entry{Run: "r2", Level: "INFO", Text: "other"})
	a.Note(cluster.Entry{Run: "r1", Level: "ERROR", Text: "of the run"})
	all := linesOf(t, b, "r1", "", "of the run")
	if len(all) != 501 {
		t.Fatalf("%d lines, want 501", len(all))
	}
	first := all[0]
	if !first.Time.Equal(at) || first.Job != "g0_fetch-0" || first.Level != "INFO" || first.Member != "w1" || first.Text != "line 0" || all[499].Text != "line 499" {
		t.Errorf("first line %+v", first)
	}
	if one := linesOf(t, b, "r1", "g0_fetch-1", "line 499"); len(one) != 250 || one[0].Text != "line 1" {
		t.Errorf("%d lines of one job, the first %+v", len(one), one[0])
	}
	a.Note(cluster.Entry{Run: "r3", Job: "odd job.*>", Level: "WARN", Text: "\xff" + strings.Repeat("€", cluster.MaxEntry)})
	a.Note(cluster.Entry{Run: "r3", Text: "last"})
	odd := linesOf(t, b, "r3", "", "last")
	if len(odd) != 2 || odd[0].Job != "odd job.*>" || len(odd[0].Text) > cluster.MaxEntry || !strings.HasPrefix(odd[0].Text, "\uFFFD€") {
		t.Errorf("%d lines, the first of job %q with %d bytes", len(odd), odd[0].Job, len(odd[0].Text))
	}
	if one := linesOf(t, b, "r3", "odd job.*>", odd[0].Text); len(one) != 1 {
		t.Errorf("%d lines of the odd job", len(one))
	}
	c := m.Join(t)
	c.Note(cluster.Entry{Run: "r4", Text: "goodbye"})
	must(t, "Close", c.Close()) // what waits is written
	linesOf(t, b, "r4", "", "goodbye")
	for e, err := range a.Lines(within(t), "r1", "") { // whoever stops early leaves nothing behind
		if err != nil || e.Text != "line 0" {
			t.Errorf("first line %+v, %v", e, err)
		}
		break
	}
}

// journalDrops: what does not fit is counted and does not block, and the next line that fits says how many.
func journalDrops(t *testing.T, m Medium) {
	a, b := m.Join(t), m.Join(t)
	a.Note(cluster.Entry{Run: "r1", Text: "first"})
	linesOf(t, b, "r1", "", "first")
	mend := m.Cut(t, a)
	const n = 20_000
	pad := strings.Repeat(" and on", 70)
	start := time.Now()
	for i := range n {
		a.Note(cluster.Entry{Run: "r1", Text: fmt.Sprint("lost ", i, pad)})
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("%d lines took %v while the medium was away", n, took)
	}
	mend()
	var list []cluster.Entry
	for i := 0; ; i++ {
		a.Note(cluster.Entry{Run: "r1", Text: fmt.Sprint("again ", i)})
		idle(t, 100*time.Millisecond)
		list = nil
		for e, err := range b.Lines(within(t), "r1", "") {
			must(t, "Lines", err)
			list = append(list, e)
		}
		if strings.HasPrefix(list[len(list)-1].Text, "again ") {
			break
		}
		if i > 200 {
			t.Fatal("no line comes through again")
		}
	}
	kept, dropped := 0, 0
	for _, e := range list {
		var k int
		if strings.HasPrefix(e.Text, "lost ") || strings.HasPrefix(e.Text, "again ") {
			kept++
		} else if _, err := fmt.Sscanf(e.Text, "%d lines dropped", &k); err == nil {
			dropped += k
			if e.Level != "WARN" {
				t.Errorf("line %+v", e)
			}
		}
	}
	if dropped == 0 || kept+dropped < n {
		t.Errorf("%d lines are there and %d are said to be dropped, of %d", kept, dropped, n)
	}
}
