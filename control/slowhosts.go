package control

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"pairmill/cluster"
	"pairmill/control/api"
	"pairmill/schemas"
)

// worthTelling is how long a host must keep the work waiting before it is told of: everybody waits for a second.
const worthTelling = 2 * time.Second

// slowHosts turns what a worker's handlers wait for into what it says of itself.
func slowHosts(w schemas.Waits) (list []cluster.HostWait) {
	for _, x := range w.Slowest {
		if left := millis(x.LeftMS); left >= worthTelling {
			list = append(list, cluster.HostWait{Host: x.Host, Waiting: int(x.URLs), For: millis(x.AgeMS), Left: left, Why: whyWaited(x)})
		}
	}
	return list
}

// whyWaited says in words what keeps a host's requests.
func whyWaited(x schemas.HostWait) string {
	var parts []string
	switch {
	case x.PauseMS > 0:
		parts = append(parts, fmt.Sprintf("%s, %s left", cmp.Or(x.Why, "pause"), millis(x.PauseMS).Round(time.Second)))
	case x.State == schemas.WaitRetry:
		parts = append(parts, fmt.Sprintf("next try in %s", millis(max(x.StateMS, 0)).Round(time.Second)))
	case millis(x.StateMS) >= time.Second:
		parts = append(parts, fmt.Sprintf("waits for its %s for %s", x.State, millis(x.StateMS).Round(time.Second)))
	}
	if x.MeanMS > 0 {
		parts = append(parts, fmt.Sprintf("an answer takes %s", millis(x.MeanMS).Round(10*time.Millisecond)))
	}
	return strings.Join(parts, "; ")
}

func millis(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }

// hosts joins what all workers say of the hosts that they wait for, the slowest first. Where several wait for one, the
// longest wait tells how long it takes: the others have theirs meanwhile.
func hosts(members []cluster.Member) []api.Host {
	byName := map[string]*api.Host{}
	for _, m := range members {
		for _, w := range m.Waits {
			h := byName[w.Host]
			if h == nil {
				h = &api.Host{Host: w.Host}
				byName[w.Host] = h
			}
			h.Waiting += w.Waiting
			h.ForSeconds = max(h.ForSeconds, w.For.Seconds())
			if s := w.Left.Seconds(); s >= h.LeftSeconds {
				h.LeftSeconds, h.Why = s, cmp.Or(w.Why, h.Why)
			}
		}
	}
	list := []api.Host{}
	for _, h := range byName {
		list = append(list, *h)
	}
	slices.SortFunc(list, func(a, b api.Host) int {
		return cmp.Or(cmp.Compare(b.LeftSeconds, a.LeftSeconds), cmp.Compare(a.Host, b.Host))
	})
	return list[:min(len(list), shownHosts)]
}
