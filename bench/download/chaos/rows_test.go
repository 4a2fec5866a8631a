package main

import "testing"

func TestMixedHasEveryRowOnce(t *testing.T) {
	t.Parallel()
	for _, good := range []int{1, 100, 5000} {
		counts, last := map[string]int{}, 0
		rows := mixed(good)
		for i, r := range rows {
			counts[r.kind]++
			if r.kind == "" {
				last = i
			}
		}
		if counts[""] != good {
			t.Errorf("mixed(%d) has %d good rows", good, counts[""])
		}
		for _, k := range kinds() {
			if counts[k.name] != k.hosts*k.rows {
				t.Errorf("mixed(%d) has %d rows of %s, want %d", good, counts[k.name], k.name, k.hosts*k.rows)
			}
			if misdeeds[k.name] == nil && k.name != "dead" && k.name != "refused" {
				t.Errorf("no host does %q", k.name)
			}
		}
		if good == 5000 && last < len(rows)-2 {
			t.Errorf("the bad rows stand at the end: last good row %d of %d", last, len(rows))
		}
	}
}

func TestCheckTellsWrongReasons(t *testing.T) {
	t.Parallel()
	o := outcome{rows: []result{
		{URL: "http://h001.good.test:1/0.jpg"},
		{URL: "http://h001.good.test:1/1.jpg", Reason: "timeout"},
		{URL: "http://h001.drip.test:1/2.jpg", Reason: "timeout"},
		{URL: "http://h001.drip.test:1/3.jpg"},
	}}
	if wrong := o.check(); len(wrong) != 2 {
		t.Errorf("check finds %q, want the second and the last row", wrong)
	}
}
