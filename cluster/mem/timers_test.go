package mem

import (
	"testing"
	"testing/synctest"
	"time"

	"pairmill/cluster"
)

// TestTickComesAgain: a tick stays with its taker for a minute, and a Set of the same changes nothing.
func TestTickComesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewMedium().Join()
		noon := cluster.Timer{Name: "noon", Cron: "0 12 * * *", Zone: "Asia/Tokyo"}
		for range 2 {
			if err := p.SetTimer(t.Context(), noon); err != nil {
				t.Fatal(err)
			}
		}
		due := time.Date(2000, 1, 1, 3, 0, 0, 0, time.UTC) // the bubble's clock starts at midnight UTC
		for i := range 3 {
			tick, err := p.NextTick(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if want := due.Add(time.Duration(i) * time.Minute); !time.Now().Equal(want) || !tick.At().Equal(due) {
				t.Fatalf("tick of %v at %v, want %v at %v", tick.At(), time.Now(), due, want)
			}
			if err := p.SetTimer(t.Context(), noon); err != nil {
				t.Fatal(err)
			}
			if i == 2 {
				if err := tick.Ack(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		}
		if tick, err := p.NextTick(t.Context()); err != nil || !time.Now().Equal(due.Add(24*time.Hour)) {
			t.Fatalf("after the Ack: %v, %v at %v", tick, err, time.Now())
		}
	})
}
