package main

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vbauerster/mpb/v8/decor"

	"pairmill/schemas"
	"pairmill/workers"
)

var slowWaits = schemas.Waits{Shards: 1, URLs: 30, InFlight: 1, Hosts: 1, Slowest: []schemas.HostWait{
	{Host: "slow.test:80", URLs: 30, State: schemas.WaitAnswer, StateMS: 200, AgeMS: 200, MeanMS: 2000, LeftMS: 60_000},
}}

// Where there is no terminal a line every ten seconds says rate, share, what is left and what is waited for; the last one
// says what it came to.
func TestProgressInPlainLines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		p := newProgress(&env{stderr: &out, level: "info"}, "r", schemas.StageFetch)
		asked := 0
		p.watch(func(most int) schemas.Waits { asked++; return slowWaits })
		p.Committed(schemas.Commit{Job: schemas.NewJob("r", schemas.TaskCut, "all", "all", ""), Objects: []schemas.Object{{Role: schemas.RolePart, Rows: 1000}}})
		job := schemas.NewJob("r", schemas.TaskFetch, "g00000", "00000", "")
		p.Started(job, 1)
		time.Sleep(50 * time.Millisecond) // no row comes at the moment of a line
		for i := range 190 {              // 10 a second
			time.Sleep(100 * time.Millisecond)
			item := workers.Item{Bytes: 1000}
			if i%10 == 0 {
				item.Reason = schemas.HTTPGone
			}
			p.Row(job, item)
		}
		time.Sleep(1450 * time.Millisecond)
		synctest.Wait()
		p.close()
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if len(lines) != 3 {
			t.Fatalf("%d lines in 20.5 seconds, want two and a last one:\n%s", len(lines), out.String())
		}
		for i, want := range []string{
			`images="99/1000 9% (10/s, 0.1 MB, 10 dropped, 1m31s left)" waiting_for="slow.test: 30 urls, about 1m0s; an answer takes 2.0s"`,
			`images="190/1000 19% (10/s, 0.2 MB, 19 dropped, 1m25s left)" waiting_for="slow.test`,
			`images="190/1000 19% (9/s, 0.2 MB, 19 dropped)"`,
		} {
			if !strings.Contains(lines[i], want) {
				t.Errorf("line %d\n%s\nwant\n%s", i+1, lines[i], want)
			}
		}
		if strings.Contains(lines[2], "waiting_for") || asked != 2 {
			t.Errorf("asked %d times what is waited for, want once a line while there is work", asked)
		}
	})
}

// A run lasts at least as long as the slowest host.
func TestNoShardEndsBeforeItsSlowestHost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newProgress(&env{stderr: &bytes.Buffer{}}, "r", schemas.StageFetch)
		defer p.close()
		p.watch(func(int) schemas.Waits { return slowWaits })
		p.expect(schemas.StageFetch, 110)
		job := schemas.NewJob("r", schemas.TaskFetch, "g00000", "00000", "")
		p.Started(job, 1)
		for range 100 {
			time.Sleep(100 * time.Millisecond)
			p.Row(job, workers.Item{})
		}
		if got := p.rate(schemas.StageFetch); got != "10/s, 1m0s left" {
			t.Errorf("%q: at 10 a second the last 10 would take a second, but slow.test takes a minute", got)
		}
	})
}

func TestWaitsBelowTheBars(t *testing.T) {
	t.Parallel()
	p := newProgress(&env{stderr: &bytes.Buffer{}}, "r")
	defer p.close()
	p.watch(func(int) schemas.Waits { return slowWaits })
	var out bytes.Buffer
	if err := p.writeWaits(&out, decor.Statistics{AvailableWidth: 42}); err != nil || out.String() != "waiting for slow.test: 30 urls, about 1m…\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
	out.Reset()
	if err := p.writeWaits(&out, decor.Statistics{AvailableWidth: 80, Aborted: true}); err != nil || out.Len() > 0 {
		t.Errorf("when all is over: %q, %v", out.String(), err)
	}
}

func TestPaceFollowsTheLastHalfMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p pace
		done := int64(5000) // by an earlier process
		p.note(time.Now(), done)
		run := func(d time.Duration, perSecond int) {
			for range d / (100 * time.Millisecond) {
				time.Sleep(100 * time.Millisecond)
				done += int64(perSecond / 10)
				p.note(time.Now(), done)
			}
		}
		check := func(what string, low, high float64) {
			t.Helper()
			if got := p.perSecond(time.Now(), done); got < low || got > high {
				t.Errorf("%s: %.1f a second, want %v to %v", what, got, low, high)
			}
		}
		run(5*time.Second, 100)
		check("from the start", 99, 101)
		run(5*time.Minute, 20)
		check("slower for long", 19, 21)
		if n := len(p.marks); n > 40 {
			t.Errorf("%d marks kept", n)
		}
		time.Sleep(30 * time.Second)
		check("nothing for half a minute", 5, 15)
		time.Sleep(10 * time.Minute)
		check("nothing for long", 0, 1)
	})
}
