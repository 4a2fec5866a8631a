package main

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"pairmill/schemas"
)

// worthSaying is how long a host must keep the work waiting before it is named: everybody waits for a second.
const worthSaying = 2 * time.Second

// Hosts are named up to mostNamed, and counted up to mostCounted.
const (
	mostNamed   = 3
	mostCounted = 100
)

// waitLines says what the work waits for, a line each: first what is ours, then hosts, the slowest first.
func waitLines(w schemas.Waits) (lines []string) {
	switch {
	case w.Pixels > w.InFlight:
		lines = append(lines, fmt.Sprintf("the processor: %d pictures have come and find every core at work", w.Pixels))
	case w.Queued > 0 && w.Pixels < w.InFlight/2:
		lines = append(lines, fmt.Sprintf("a request to end: %d are in flight, and %s wait to be asked", w.InFlight, plural(int64(w.Queued), "host")))
	}
	slow := 0
	for _, x := range w.Slowest {
		if millis(x.LeftMS) < worthSaying {
			break
		}
		if slow++; slow <= mostNamed {
			lines = append(lines, hostName(x.Host)+": "+hostText(x))
		}
	}
	if more := slow - mostNamed; more > 0 {
		lines = append(lines, fmt.Sprintf("and %s more", plural(int64(more), "host")))
	}
	return lines
}

// fit cuts a line to a terminal's width. All that is written to it has one column a rune.
func fit(line string, width int) string {
	if runes := []rune(line); len(runes) > width {
		return string(runes[:max(width-1, 0)]) + "…"
	}
	return line
}

// hostName is a host as people write it, and not so long that it hides what is said of it.
func hostName(key string) string {
	name := strings.TrimSuffix(strings.TrimSuffix(key, ":80"), ":443")
	const most = 48
	if len(name) > most {
		return "…" + name[len(name)-most:]
	}
	return name
}

// hostText says how much stands behind a host, how long that will take, and what it is about.
func hostText(x schemas.HostWait) string {
	parts := []string{plural(x.URLs, "url")}
	if x.MeanMS > 0 || x.PauseMS > 0 {
		parts[0] += ", about " + clock(millis(x.LeftMS))
	}
	switch state := millis(x.StateMS); {
	case x.PauseMS > 0:
		parts = append(parts, fmt.Sprintf("%s, %s left", cmp.Or(x.Why, "pause"), clock(millis(x.PauseMS))))
	case x.State == schemas.WaitRetry:
		parts = append(parts, "next try in "+clock(max(state, 0)))
	case x.State == schemas.WaitMemory:
		parts = append(parts, "a picture waits for room in memory")
	case x.State != schemas.WaitAnswer && state >= time.Second:
		parts = append(parts, fmt.Sprintf("waits for its %s for %s", x.State, clock(state)))
	case state >= time.Second && state > 2*millis(x.MeanMS):
		parts = append(parts, "no answer for "+clock(state))
	}
	if x.MeanMS > 0 {
		parts = append(parts, "an answer takes "+clock(millis(x.MeanMS)))
	}
	return strings.Join(parts, "; ")
}

func millis(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }

func plural(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// clock writes a time with two figures or so, since nobody reads more: 40ms, 1.4s, 12s, 3m5s, 2h10m.
func clock(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%dms", d.Milliseconds())
	case d < 10*time.Second:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%.0fs", d.Seconds())
	case d < time.Hour:
		return d.Round(time.Second).String()
	}
	return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
}
