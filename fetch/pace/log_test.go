package pace

import (
	"slices"
	"sync"
	"testing"
	"time"
)

// visits is what a host's server sees: when requests begin and end.
type visits struct {
	mu   sync.Mutex
	seen map[string][]visit
}

type visit struct {
	start, end time.Time
	worker     int
}

func (v *visits) note(host string, x visit) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.seen == nil {
		v.seen = map[string][]visit{}
	}
	v.seen[host] = append(v.seen[host], x)
}

func (v *visits) count() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	n := 0
	for _, list := range v.seen {
		n += len(list)
	}
	return n
}

// check looks for hosts with more in flight than they may have, and for gaps under their delay: from start to start and,
// where one request at a time may be in flight, from end to start. (With more, one may end while another begins.)
func (v *visits) check(t *testing.T, perHost func(string) int, delay func(string) time.Duration) {
	t.Helper()
	total, over, short := 0, 0, 0
	for host, list := range v.seen {
		total += len(list)
		slices.SortFunc(list, func(a, b visit) int { return a.start.Compare(b.start) })
		for i, x := range list {
			inFlight := 1
			for _, y := range list[:i] {
				if y.end.After(x.start) {
					inFlight++
				} else if gap := x.start.Sub(y.end); gap < delay(host) && perHost(host) == 1 {
					short++
					t.Errorf("%s: worker %d begins %v after worker %d has ended, want %v", host, x.worker, gap, y.worker, delay(host))
				}
				if gap := x.start.Sub(y.start); gap < delay(host) {
					short++
					t.Errorf("%s: worker %d begins %v after worker %d began, want %v", host, x.worker, gap, y.worker, delay(host))
				}
			}
			if inFlight > perHost(host) {
				over++
				t.Errorf("%s: %d in flight when worker %d begins at %v, at most %d may be", host, inFlight, x.worker, x.start, perHost(host))
			}
			if over+short > 20 {
				t.FailNow()
			}
		}
	}
	t.Logf("%d requests to %d hosts", total, len(v.seen))
}
