package faults

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pairmill/internal/testutil"
	"pairmill/schemas"
)

// skew is how many pictures of a list each host has: as on the web, a few hosts have much of it.
var skew = []int{300, 150, 75, 75, 40, 40, 40, 20, 20, 20, 20, 10, 10, 10, 10, 10, 10, 5, 5, 5, 5, 5, 5, 2, 2, 2, 1, 1, 1, 1}

// Some hosts, with five pictures each in skew, take lateAnswer for each of them: their requests are in flight when whoever gave
// them their turns dies, and some for so long that they must be broken off and made again.
const (
	lateFirst  = 18
	lateHosts  = 5
	lateAnswer = 8 * time.Second // a worker gives up on a host that says nothing for ten
)

// TestManners lets eight workers take two lists, one of them one request at a time and host and with a delay, the other
// several at a time, while the control planes die that give the hosts' turns, first one and then the other, and a third
// time one is suspended for longer than its locks last. What counts is the site's log, and that the content is that of
// undisturbed runs: a request that was broken off is made again.
func TestManners(t *testing.T) {
	binary(t)
	const (
		delay   = 120 * time.Millisecond
		perHost = 3
	)
	w := newWeb(t, webConfig{Hosts: 2 * len(skew), Pages: 1, Pictures: 1, Slow: 15 * time.Millisecond})
	runs := []struct {
		name, list string
		delay      time.Duration
		perHost    int
		ref        reference
	}{
		{name: "polite", list: w.skewed(t, 0), delay: delay, perHost: 1},
		{name: "several", list: w.skewed(t, len(skew)), perHost: perHost},
	}
	for i, run := range runs {
		contact := "undisturbed-" + run.name
		runs[i].ref = w.undisturbed(t, mannersSpec(run.list, contact, 0, run.perHost), contact)
	}
	before := len(w.Visits())
	for i := range lateHosts {
		w.lag(lateFirst+i, lateAnswer)
		w.lag(len(skew)+lateFirst+i, lateAnswer)
	}
	r := newRig(t, rigConfig{Planes: 2, Workers: 8})
	for _, run := range runs {
		r.submit(mannersSpec(run.list, run.name, run.delay, run.perHost), run.name)
	}

	began := time.Now()
	for i, what := range []string{"killed", "killed", "suspended"} {
		p := r.planes[i%2]
		r.underWay(w, "polite")
		t.Logf("%v: %s is %s, after %d requests", since(began), p.name, what, len(w.Visits()))
		if what == "killed" {
			p.kill()
			p.start()
			r.ready(i % 2)
		} else {
			p.suspend()
			time.Sleep(15 * time.Second)
			p.resume()
		}
		// It has its share of the hosts again when it has asked for it and its predecessor's turns have ended.
		time.Sleep(5 * time.Second)
	}
	for _, run := range runs {
		if s := r.finish(run.name, 5*time.Minute); s.State != schemas.RunDone {
			t.Errorf("%s is %s: %s", run.name, s.State, s.Text)
		}
	}
	t.Logf("both runs are done after %v", since(began))
	r.judge(w.Visits()[before:], began, delay, perHost)
	for _, run := range runs {
		// What was in flight at each of three deaths, at most.
		again := 3 * run.perHost * len(skew)
		r.check(w, run.name, run.name, run.ref, bounds{requests: again, robots: len(r.workers) * len(skew)})
	}
}

// underWay waits until some more requests of a run are made.
func (r *rig) underWay(w *web, run string) {
	r.t.Helper()
	before, _ := w.From(run + "@faults.test")
	eventually(r.t, 2*time.Minute, "requests of "+run+" are made", func() bool {
		n, _ := w.From(run + "@faults.test")
		return n > before+60
	})
	if s, ok := r.status(run); ok && s.State.Over() {
		r.t.Fatalf("%s is over too early: %s", run, s.State)
	}
}

// skewed writes a list of pictures of as many hosts as skew has, from a first one on.
func (w *web) skewed(t *testing.T, first int) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("url,text\n")
	for n := range slices.Max(skew) {
		for i, pictures := range skew {
			if n < pictures {
				fmt.Fprintf(&b, "%s,%s\n", w.URL(hostName(first+i), fmt.Sprintf("/%d.png", n)), caption(first+i, n))
			}
		}
	}
	return writeFile(t, "list.csv", b.String())
}

func mannersSpec(list, contact string, delay time.Duration, perHost int) string {
	s := deliverSpec(list, contact, "none")
	return strings.Replace(s, "delay: 0s, per_host: 2", fmt.Sprintf("delay: %s, per_host: %d", delay, perHost), 1)
}

// judge reads the site's log: every picture was asked for, no host saw more requests at a time than it should, and none a
// shorter pause than its delay. robots.txt counts as any request.
func (r *rig) judge(visits []testutil.Visit, began time.Time, delay time.Duration, perHost int) {
	t := r.t
	t.Helper()
	byHost := map[string][]testutil.Visit{}
	broken := 0
	for _, v := range visits {
		byHost[v.Host] = append(byHost[v.Host], v)
		if v.Status == 0 {
			broken++
		}
	}
	shortest, most := time.Hour, 0
	for i := range 2 * len(skew) {
		host := hostName(i)
		pictures := 0
		for n, v := range byHost[host] {
			if strings.HasSuffix(v.Path, ".png") {
				pictures++
			}
			if n == 0 || i >= len(skew) {
				continue
			}
			last := byHost[host][n-1]
			if last.Status == 0 {
				continue // it was the visitor who ended it, and the site learnt of that late
			}
			gap := v.Start.Sub(last.End)
			shortest = min(shortest, gap)
			if gap < delay {
				t.Errorf("%s: %s begins %v after %s ended, %v into the test: want a pause of %v", host, v.Path, gap, last.Path, v.Start.Sub(began), delay)
			}
		}
		if pictures < skew[i%len(skew)] {
			t.Errorf("%s: %d pictures were asked for, want %d", host, pictures, skew[i%len(skew)])
		}
		limit := 1
		if i >= len(skew) {
			limit = perHost
		}
		got := together(byHost[host])
		if got > limit {
			t.Errorf("%s: %d requests at a time, want at most %d", host, got, limit)
		}
		most = max(most, got)
	}
	if most != perHost {
		t.Errorf("no host that may see %d requests at a time saw more than %d: the limit was not tried", perHost, most)
	}
	t.Logf("%d requests to %d hosts, %d of them broken off; the shortest pause was %v, the most at a time %d", len(visits), len(byHost), broken, shortest, most)
}

// together is how many requests were answered at one time, at most, of those that began in this order.
func together(visits []testutil.Visit) (most int) {
	for i, v := range visits {
		n := 1
		for _, earlier := range visits[:i] {
			if earlier.End.After(v.Start) {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}
