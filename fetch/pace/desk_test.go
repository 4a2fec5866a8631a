package pace

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"pairmill/cluster"
	"pairmill/cluster/mem"
	"pairmill/fetch"
)

// stub is a lock whose holder may be told that it is not.
type stub struct {
	cluster.Lock
	held func() bool
}

func (s stub) Held() bool            { return s.held() }
func (s stub) Lost() <-chan struct{} { return nil }
func (s stub) Epoch() uint64         { return 7 }

func openDesk(held func() bool) *desk {
	d := newDesk("pace-0", stub{held: held}, mem.NewMedium().Join(), fetch.PacerConfig{MaxDelay: 2 * time.Minute})
	d.start(nil)
	return d
}

func yes() bool { return true }

func hear(t *testing.T, d *desk, q question) answer {
	t.Helper()
	q.Client = "w"
	a, err := d.hear(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

const hostA = "a.test:80"

// TestNobodyAnswersForAnother: an owner that may not hold its lock says nothing, also when it lost it while it thought.
func TestNobodyAnswersForAnother(t *testing.T) {
	t.Parallel()
	left := 0
	d := openDesk(func() bool { left--; return left >= 0 })
	defer d.close()
	q := question{Client: "w", Session: 1, Full: true, Wants: []want{{Ticket: 1, Host: hostA}}}
	for _, left = range []int{0, 1} {
		if a, err := d.hear(t.Context(), q); !errors.Is(err, errNotMine) {
			t.Errorf("answered %+v, %v", a, err)
		}
	}
	left = 2
	if _, err := d.hear(t.Context(), q); err != nil {
		t.Error(err)
	}
}

// TestNothingIsToldBeforeItIsRemembered: a client keeps what it has to tell until a successor would know it.
func TestNothingIsToldBeforeItIsRemembered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := openDesk(yes)
		defer d.close()
		peer := mem.NewMedium().Join()
		d.memory = peer
		hear(t, d, question{Session: 1, Full: true, Wants: []want{{Ticket: 1, Host: hostA}}})
		peer.Cut()
		q := question{Client: "w", Session: 1, Dones: []done{{Ticket: 1, Host: hostA, Pause: time.Minute, CrawlDelay: time.Second}}}
		ctx, cancel := context.WithTimeout(t.Context(), callWithin)
		defer cancel()
		if a, err := d.hear(ctx, q); err == nil {
			t.Fatalf("answered %+v while nothing can be remembered", a)
		}
		peer.Mend()
		hear(t, d, q)
		notes, err := recall(t.Context(), peer, d.name)
		if err != nil || len(notes) != 2 {
			t.Errorf("remembered %+v, %v", notes, err)
		}
		hear(t, d, q) // once more changes nothing
		if again, err := recall(t.Context(), peer, d.name); err != nil || len(again) != 2 {
			t.Errorf("remembered %+v, %v", again, err)
		}
	})
}

// TestWhatAnOwnerIsToldTwice, or late.
func TestWhatAnOwnerIsToldTwice(t *testing.T) {
	t.Parallel()
	d := openDesk(yes)
	defer d.close()
	if a := hear(t, d, question{Session: 1, Wants: []want{{Ticket: 1, Host: hostA}}}); !a.Resync || len(a.Grants) != 0 {
		t.Errorf("the first word of a session that is not full: %+v", a)
	}
	first := question{Session: 1, Full: true, Wants: []want{{Ticket: 1, Host: hostA}, {Ticket: 2, Host: hostA}}}
	if a := hear(t, d, first); len(a.Grants) != 1 || a.Grants[0].Ticket != 1 || a.Epoch != 7 {
		t.Errorf("a free host: %+v", a)
	}
	if a := hear(t, d, first); len(a.Grants) != 0 {
		t.Errorf("said twice: %+v", a)
	}
	end := question{Session: 1, Dones: []done{{Ticket: 1, Host: hostA}}}
	if a := hear(t, d, end); len(a.Grants) != 1 || a.Grants[0].Ticket != 2 {
		t.Errorf("after the first has ended: %+v", a)
	}
	if a := hear(t, d, end); len(a.Grants) != 0 {
		t.Errorf("an end said twice: %+v", a)
	}
	hear(t, d, first) // late: 1 is over, and queued as if it were new
	if a := hear(t, d, question{Session: 1, Dones: []done{{Ticket: 2, Host: hostA}}}); len(a.Grants) != 1 || a.Grants[0].Ticket != 1 {
		t.Errorf("after a late word: %+v", a)
	}
	if n := d.hosts[hostA].inFlight; n != 1 {
		t.Errorf("%d in flight", n)
	}
	if a := hear(t, d, question{Session: 2, Full: true, Held: []held{{1, hostA}}}); a.Lost {
		t.Errorf("a new session with what is held: %+v", a)
	}
	if a := hear(t, d, first); !a.Resync {
		t.Errorf("a word of the old session: %+v", a)
	}
	if a := hear(t, d, question{Session: 3, Full: true, Held: []held{{1, hostA}, {9, hostA}}}); !a.Lost {
		t.Errorf("a new session with what nobody granted: %+v", a)
	}
	hear(t, d, question{Session: 4, Full: true})
	if n := d.hosts[hostA]; n != nil && n.inFlight != 0 {
		t.Errorf("%d in flight of a client that holds nothing", n.inFlight)
	}
}

// TestLateQuestionSaysNothing: what it has to say was said by a later one.
func TestLateQuestionSaysNothing(t *testing.T) {
	t.Parallel()
	d := openDesk(yes)
	defer d.close()
	first := question{Session: 1, Seq: 1, Full: true, Wants: []want{{Ticket: 1, Host: hostA}}}
	hear(t, d, first)
	hear(t, d, question{Session: 1, Seq: 2, Dones: []done{{Ticket: 1, Host: hostA}}})
	if a := hear(t, d, first); len(a.Grants) != 0 || a.Resync || len(d.sessions["w"].turns) != 0 {
		t.Errorf("answer %+v, %d turns", a, len(d.sessions["w"].turns))
	}
}

// TestGrantIsSentAgain until it is confirmed.
func TestGrantIsSentAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := openDesk(yes)
		defer d.close()
		hear(t, d, question{Session: 1, Full: true, Wants: []want{{Ticket: 1, Host: hostA}}})
		time.Sleep(resendAt)
		if a := hear(t, d, question{Session: 1}); len(a.Grants) != 1 {
			t.Errorf("a second later: %+v", a)
		}
		time.Sleep(resendAt)
		if a := hear(t, d, question{Session: 1, Got: []uint64{1}}); len(a.Grants) != 0 {
			t.Errorf("when it was confirmed: %+v", a)
		}
	})
}

// TestLinkIgnoresOldWords: what an answer to an older session brings is void, because its owner may have taken it back.
func TestLinkIgnoresOldWords(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, err := NewClient(mem.NewMedium().Join(), ClientConfig{ID: "w", Log: quiet})
		if err != nil {
			t.Fatal(err)
		}
		l := newLink(c, 0)
		w := &wait{lease: lease{link: l, ticket: 1, host: hostA}, asked: time.Now(), ready: make(chan struct{})}
		l.ask(w)
		old, asked := l.compose()
		if old == nil || !old.Full || len(old.Wants) != 1 {
			t.Fatalf("question %+v", old)
		}
		q, _ := l.compose() // the first was not answered in time
		if q.Session <= old.Session {
			t.Fatalf("session %d after %d", q.Session, old.Session)
		}
		l.take(old, answer{Epoch: 1, Session: old.Session, Grants: []grant{{Ticket: 1, Host: hostA}}}, asked)
		if len(l.held) != 0 || l.known || l.good() {
			t.Fatal("an old answer was believed")
		}
		l.take(q, answer{Epoch: 1, Session: q.Session, Grants: []grant{{Ticket: 1, Host: hostA}, {Ticket: 5, Host: hostA}}}, asked)
		<-w.ready
		if !w.Valid() {
			t.Fatal("the new answer was not believed")
		}
		if next, _ := l.compose(); len(next.Dones) != 1 || next.Dones[0].Ticket != 5 || !next.Dones[0].Unsent || len(next.Got) != 1 {
			t.Errorf("a grant that nobody waits for: %+v", next)
		}
		time.Sleep(ttl - guard)
		if w.Valid() {
			t.Error("a lease outlives its time")
		}
		synctest.Wait()
		if w.Context().Err() == nil {
			t.Error("the lease's context outlives its time")
		}
	})
}

// TestNewOwnerWaitsOut: it grants nothing that a worker may hold of whom it has not heard.
func TestNewOwnerWaitsOut(t *testing.T) {
	t.Parallel()
	inCluster(t, 2, weather0{}, func(t *testing.T, m *mem.Medium, p *plane, xs []*worker) {
		l := acquire(t, xs[0].client, hostA)
		ended := make(chan time.Time, 1)
		go func() {
			<-l.(fetch.Perishable).Context().Done()
			ended <- time.Now()
		}()
		time.Sleep(time.Second)
		xs[0].peer.Cut()
		p.stop() // the successor has the lock at once
		*p = *startPlane(t, m, "c1")
		acquire(t, xs[1].client, hostA).Release(fetch.Outcome{})
		got := time.Now()
		select {
		case at := <-ended:
			if slack := got.Sub(at); slack < guard {
				t.Errorf("granted %v after another's request was broken off", slack)
			}
		default:
			t.Fatal("granted while another has it")
		}
		xs[0].peer.Mend()
	})
}
