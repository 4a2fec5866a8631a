package main

import (
	"fmt"

	"pairmill/schemas"
)

// kind is what a host does, and what has to become of its rows.
type kind struct {
	name  string
	hosts int
	rows  int // of each host
	want  []schemas.Reason
}

// kinds are the bad hosts. Where two reasons stand, both are true of what the client sees.
func kinds() []kind {
	return []kind{
		{"dead", 200, 2, []schemas.Reason{schemas.Timeout}},
		{"refused", 40, 2, []schemas.Reason{schemas.ConnectError}},
		{"slowloris", 20, 2, []schemas.Reason{schemas.Timeout}},
		{"stall", 20, 2, []schemas.Reason{schemas.Timeout}},
		{"drip", 20, 2, []schemas.Reason{schemas.Timeout}},
		{"endless", 8, 1, []schemas.Reason{schemas.BodyTooLarge}},
		{"reset", 20, 3, []schemas.Reason{schemas.ConnectError}},
		{"cut", 20, 3, []schemas.Reason{schemas.BodyTruncated}},
		{"loop", 20, 3, []schemas.Reason{schemas.TooManyRedirects}},
		{"maze", 20, 3, []schemas.Reason{schemas.TooManyRedirects}},
		{"bomb", 8, 2, []schemas.Reason{schemas.BodyTooLarge}},
		{"canvas", 10, 3, []schemas.Reason{schemas.ImageTooManyPixels, schemas.ImageSideTooLong}},
		{"garbage", 20, 3, []schemas.Reason{schemas.ProtocolError}},
		{"elsewhere", 20, 3, []schemas.Reason{schemas.BadRedirect}},
	}
}

const goodHosts = 400

// row is a row of the list.
type row struct {
	kind string // empty: a good host
	of   int
}

func (r row) host() string {
	if r.kind == "" {
		return fmt.Sprintf("h%03d.good.test", r.of)
	}
	return fmt.Sprintf("h%03d.%s.test", r.of, r.kind)
}

func goodRows(n int) []row {
	out := make([]row, n)
	for i := range out {
		out[i].of = i % goodHosts
	}
	return out
}

// mixed spreads the bad rows evenly among the good ones.
func mixed(good int) []row {
	var bad []row
	for i := 0; ; i++ {
		before := len(bad)
		for _, k := range kinds() {
			for n := 0; n < k.rows && i < k.hosts; n++ {
				bad = append(bad, row{k.name, i})
			}
		}
		if len(bad) == before {
			break
		}
	}
	var out []row
	for i, r := range goodRows(good) {
		out = append(out, r)
		for len(bad)*(i+1) > good*(len(out)-i-1) && len(out)-i-1 < len(bad) {
			out = append(out, bad[len(out)-i-1])
		}
	}
	return out
}
