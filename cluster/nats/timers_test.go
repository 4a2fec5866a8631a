package nats

import (
	"encoding/json"
	"testing"
	"time"

	natsio "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"pairmill/cluster"
)

// TestTimerOfTheServer: an expression of five fields fires at the minute, in its zone, and the tick says so.
func TestTimerOfTheServer(t *testing.T) {
	t.Parallel()
	p := joinServer(t, startServer(t, ServerConfig{Listen: "127.0.0.1:0"}).URL())
	timer := cluster.Timer{Name: "minutely", Cron: "*/1  * * * *", Zone: "Asia/Kathmandu"}
	if err := p.SetTimer(t.Context(), timer); err != nil {
		t.Fatal(err)
	}
	s, err := p.q.js.Stream(t.Context(), timerStream)
	if err != nil {
		t.Fatal(err)
	}
	first, err := s.GetLastMsgForSubject(t.Context(), "timer.minutely")
	if err != nil || first.Header.Get("Nats-Schedule") != "0 */1 * * * *" || first.Header.Get("Nats-Schedule-Time-Zone") != "Asia/Kathmandu" {
		t.Fatalf("stored %+v, %v", first, err)
	}
	if err := p.SetTimer(t.Context(), timer); err != nil {
		t.Fatal(err)
	}
	if again, err := s.GetLastMsgForSubject(t.Context(), "timer.minutely"); err != nil || again.Sequence != first.Sequence {
		t.Errorf("the same timer was stored again: %v", err)
	}
	tick, err := p.NextTick(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if want := time.Now().UTC().Truncate(time.Minute); tick.Timer() != "minutely" || !tick.At().Equal(want) {
		t.Errorf("tick of %s at %v, want %v", tick.Timer(), tick.At(), want)
	}
	if err := tick.Ack(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestTickTellsWhenItWasDue, however late its message was stored.
func TestTickTellsWhenItWasDue(t *testing.T) {
	t.Parallel()
	body, err := json.Marshal(cluster.Timer{Name: "daily", Cron: "30 4 * * *", Zone: "Europe/Berlin"})
	if err != nil {
		t.Fatal(err)
	}
	// "$JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<time>.<pending>"
	reply := "$JS.ACK.S.C.1.1.1." + "1769000000123456789" + ".0" // 2026-01-21 12:53:20 UTC
	for _, c := range []struct {
		next, body string
		want       time.Time
	}{
		{"2026-01-22T04:30:00+01:00", string(body), time.Date(2026, 1, 21, 3, 30, 0, 0, time.UTC)},
		{"2026-01-23T04:30:00+01:00", string(body), time.Date(2026, 1, 22, 3, 30, 0, 0, time.UTC)},
		{"", string(body), time.Unix(1769000000, 0).UTC()},
		{"2026-01-22T04:30:00+01:00", "no timer", time.Unix(1769000000, 0).UTC()},
	} {
		msg := &natsio.Msg{Subject: "tick.daily", Reply: reply, Data: []byte(c.body), Header: natsio.Header{nextHeader: {c.next}}, Sub: &natsio.Subscription{}}
		if got := (&Medium{}).readTick(msg); got.name != "daily" || !got.at.Equal(c.want) {
			t.Errorf("next %q: tick of %s at %v, want %v", c.next, got.name, got.at, c.want)
		}
	}
}

// TestTickComesAgain when its taker has died.
func TestTickComesAgain(t *testing.T) {
	t.Parallel()
	p := joinServer(t, startServer(t, ServerConfig{Listen: "127.0.0.1:0"}).URL())
	p.tick = time.Second
	setOften(t, p.Medium, "often")
	first, err := p.NextTick(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if s, err := p.q.js.Stream(t.Context(), timerStream); err != nil || s.Purge(t.Context(), jetstream.WithPurgeSubject("timer.often")) != nil {
		t.Fatalf("stop the timer: %v", err)
	}
	var again cluster.Tick
	for { // one more may have come meanwhile
		if again, err = p.NextTick(t.Context()); err != nil {
			t.Fatal(err)
		}
		if again.(*tick).msg.Reply != first.(*tick).msg.Reply {
			break
		}
	}
	taken := time.Now()
	third, err := p.NextTick(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(taken); !third.At().Equal(again.At()) || took < 500*time.Millisecond {
		t.Errorf("after %v came the tick of %v, want that of %v after 1 s", took, third.At(), again.At())
	}
}
