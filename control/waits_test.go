package control

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	queue "pairmill/cluster/mem"
	"pairmill/fetch"
	"pairmill/fetch/pace"
)

// TestWaits: three requests at one host, of which one is in flight, and a host that wants to be left alone.
func TestWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWaits()
		p := w.over(fetch.NewPacer(fetch.PacerConfig{PerHost: 1}))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		first, err := p.Acquire(ctx, "a.test:80")
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			go func() {
				if l, err := p.Acquire(ctx, "a.test:80"); err == nil {
					l.Release(fetch.Outcome{Pause: time.Minute})
				}
			}()
		}
		synctest.Wait()
		if list, hosts := w.longest(5); len(list) != 0 || hosts != 1 {
			t.Errorf("at once: %+v of %d hosts", list, hosts)
		}
		time.Sleep(4 * time.Second)
		list, _ := w.longest(5)
		if len(list) != 1 || list[0].Waiting != 2 || list[0].Open != 1 || list[0].For != 4*time.Second || list[0].Why != "a request is in flight" {
			t.Errorf("after 4 s: %+v", list)
		}
		first.Release(fetch.Outcome{})
		first.Release(fetch.Outcome{}) // counts once
		time.Sleep(10 * time.Second)   // the second has come and asked for a pause; the third waits
		list, _ = w.longest(5)
		if len(list) != 1 || list[0].Waiting != 1 || list[0].Open != 0 || !strings.Contains(list[0].Why, "pause of 1m0s") {
			t.Errorf("in the pause: %+v", list)
		}
		cancel()
		synctest.Wait()
		if list, hosts := w.longest(5); len(list) != 0 || hosts != 0 || len(w.hosts) != 0 {
			t.Errorf("in the end: %+v of %d hosts; %d kept", list, hosts, len(w.hosts))
		}
	})
}

// TestWatchedPacerHidesNothing: what a pacer and its leases can do beyond the interface must still be seen.
func TestWatchedPacerHidesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer := queue.NewMedium().Join()
		defer peer.Close()
		owner, err := pace.NewOwner(peer, pace.OwnerConfig{ID: "owner-1"})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- owner.Run(ctx) }()
		client, err := pace.NewClient(peer, pace.ClientConfig{ID: "worker-1"})
		if err != nil {
			t.Fatal(err)
		}
		w := newWaits()
		limited := w.over(client).(fetch.Limitable).With(fetch.PacerConfig{PerHost: 1, Delay: time.Minute})
		for i := range 2 {
			began := time.Now()
			l, err := limited.Acquire(ctx, "a.test:80")
			if err != nil {
				t.Fatal(err)
			}
			if p, ok := l.(fetch.Perishable); !ok || !p.Valid() || p.Context().Err() != nil {
				t.Errorf("lease %T", l)
			}
			if i == 1 && time.Since(began) < 50*time.Second {
				t.Errorf("the second came after %v: the limit is lost", time.Since(began))
			}
			l.Release(fetch.Outcome{})
		}
		client.Close()
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
