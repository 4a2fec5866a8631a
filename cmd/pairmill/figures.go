package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// grouped writes a number with commas: 1,234,567.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// outOf writes how many of how many; without the second where it is not known.
func outOf(done, planned int64) string {
	if planned == 0 {
		return grouped(done)
	}
	return grouped(done) + " / " + grouped(planned)
}

// perSecond writes a rate; nothing when there is none.
func perSecond(rate float64) string {
	switch {
	case rate <= 0:
		return ""
	case rate < 10:
		return fmt.Sprintf("%.1f/s", rate)
	}
	return grouped(int64(rate+0.5)) + "/s"
}

// left writes how long something will take; nothing when that is not known.
func left(seconds float64) string {
	if seconds <= 0 {
		return ""
	}
	return lasting(time.Duration(seconds * float64(time.Second)))
}

// lasting writes a duration with its two largest units: 3d4h, 5m12s.
func lasting(d time.Duration) string {
	d = d.Round(time.Second)
	if d >= 24*time.Hour {
		days := d / (24 * time.Hour)
		return fmt.Sprintf("%dd%dh", days, (d-days*24*time.Hour)/time.Hour)
	}
	if d >= time.Hour {
		d = d.Round(time.Minute)
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
