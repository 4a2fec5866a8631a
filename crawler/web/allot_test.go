package web

import (
	"fmt"
	"reflect"
	"testing"

	"pairmill/schemas"
)

func TestAllot(t *testing.T) {
	t.Parallel()
	c, err := New(nil, Config{Steps: 2, Web: schemas.Web{Seeds: []string{"http://a.test/"}, MaxPages: 100, PagesPerJob: 20, Lanes: 9}})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		before []Report
		ended  []Ended
		want   []Share
	}{
		"nothing pending": {nil, []Ended{{Lane: 1, Used: 50}}, nil},
		"equal shares, what is left over to the first": {nil,
			[]Ended{{Lane: 3, Used: 10, Pending: 9}, {Lane: 1, Used: 22, Pending: 1}, {Lane: 7, Pending: 1}},
			[]Share{{1, 5, 23, 68}, {3, 5, 23, 68}, {7, 5, 22, 68}}},
		"at most what an epoch's walks use": {nil, []Ended{{Lane: 1, Pending: 500}}, []Share{{1, 5, 40, 100}}},
		"sent links wake a lane":            {nil, []Ended{{Lane: 1, Sent: []Parcel{{4, 1, 0}}}}, []Share{{4, 5, 40, 100}}},
		"candidates wake a lane without pages": {nil, []Ended{{Lane: 1, Pending: 1, Sent: []Parcel{{4, 0, 2}}}},
			[]Share{{1, 5, 40, 100}, {4, 5, 0, 100}}},
		"budget spent, candidates in transit": {nil, []Ended{{Lane: 1, Used: 100, Pending: 7, Sent: []Parcel{{1, 3, 2}}}}, []Share{{1, 5, 0, 0}}},
		"budget spent":                        {nil, []Ended{{Lane: 1, Used: 100, Pending: 7, Sent: []Parcel{{2, 3, 0}}}}, nil},
		"fewer pages than lanes": {nil, []Ended{{Lane: 1, Used: 99, Pending: 7}, {Lane: 2, Pending: 1}},
			[]Share{{1, 5, 1, 1}, {2, 5, 0, 1}}},
		"idle lanes count and may sleep on": {[]Report{{Lane: 0, Used: 95}, {Lane: 2, Links: 5}}, []Ended{{Lane: 2, Used: 1, Pending: 4}},
			[]Share{{2, 5, 4, 4}}},
	} {
		got := c.Allot(Allotment{Epoch: 4, Reports: test.before}, test.ended)
		if !reflect.DeepEqual(got.Lanes, test.want) || got.Over() != (test.want == nil) {
			t.Errorf("%s: %+v, want %+v", name, got.Lanes, test.want)
		}
	}
}

func TestStart(t *testing.T) {
	t.Parallel()
	c, err := New(nil, Config{Web: schemas.Web{Seeds: []string{"http://A.test:80", "http://a.test/#top", "http://b.test/"}, Lanes: 1000}})
	if err != nil {
		t.Fatal(err)
	}
	boxes, first := c.Start()
	if len(boxes) != 2 || len(first.Lanes) != 2 || first.Epoch != 1 {
		t.Fatalf("%d outboxes, %d lanes, epoch %d: want 2, 2, 1", len(boxes), len(first.Lanes), first.Epoch)
	}
	for i, b := range boxes {
		if len(b.Links) != 1 || b.Lane != first.Lanes[i].Lane || b.Links[0].Depth != 0 {
			t.Errorf("outbox %+v for share %+v", b, first.Lanes[i])
		}
	}
	for _, seeds := range [][]string{nil, {"/no/host"}, {"ftp://a.test/"}, {"http://a.test/", "::"}} {
		if _, err := New(nil, Config{Web: schemas.Web{Seeds: seeds}}); err == nil {
			t.Errorf("seeds %q were accepted", seeds)
		}
	}
}

func TestLaneOf(t *testing.T) {
	t.Parallel()
	counts := make([]int, 10)
	for i := range 10_000 {
		counts[LaneOf(fmt.Sprintf("host%d.test:80", i), 10)]++
	}
	for lane, n := range counts {
		if n < 800 || n > 1200 {
			t.Errorf("lane %d holds %d of 10,000 hosts", lane, n)
		}
	}
	// Stored runs depend on where a host falls: this number must never change.
	if got := LaneOf("a.test:80", 16); got != 13 || LaneOf("x", 1) != 0 || LaneOf("x", 0) != 0 {
		t.Errorf("lane of a.test:80 among 16: %d", got)
	}
	if LaneName(7) != "l007" || !schemas.ValidName(LaneName(999)) {
		t.Error("lane names changed")
	}
}
