package fetch

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pairmill/schemas"
)

// badHosts are the ways to be a bad host in a crowd: how many there are, and what becomes of their rows.
var badHosts = []struct {
	kind   string
	hosts  int
	reason schemas.Reason
	detail string
}{
	{"hung", 60, schemas.Timeout, "(connect timeout)"},
	{"refused", 50, schemas.ConnectError, "refused"},
	{"mute", 30, schemas.DNSError, "no answer"},
	{"gone", 20, schemas.NXDomain, "no such host"},
	{"silent", 20, schemas.Timeout, "(header timeout)"},
	{"dripping", 10, schemas.Timeout, "(min rate)"},
	{"endless", 5, schemas.BodyTooLarge, "(max_bytes)"},
	{"circular", 5, schemas.TooManyRedirects, "in a circle"},
}

// crowd answers by the name of the host, "silent3.test": good hosts take 100 ms for a picture.
func crowd() http.Handler {
	handlers := map[string]http.Handler{
		"silent":   drip("", ""),
		"dripping": drip("HTTP/1.1 200 OK\r\n\r\n", "x"),
		"endless":  drip("HTTP/1.1 200 OK\r\n\r\n", strings.Repeat("x", 400_000)),
		"circular": redirectTo(func(path string) string { return path }),
		"good": withoutRobots(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(100 * time.Millisecond)
			_, _ = io.WriteString(w, "x")
		}),
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handlers[strings.TrimRight(strings.TrimSuffix(r.Host, ".test"), "0123456789")].ServeHTTP(w, r)
	})
}

// crowdNames gives hung and refused hosts addresses of their own; names under mute never get an answer.
type crowdNames struct{}

func (crowdNames) LookupNetIP(ctx context.Context, _, host string) ([]netip.Addr, error) {
	switch {
	case strings.HasPrefix(host, "hung"):
		return []netip.Addr{netip.MustParseAddr("8.6.6.6")}, nil
	case strings.HasPrefix(host, "refused"):
		return []netip.Addr{netip.MustParseAddr("8.7.7.7")}, nil
	case strings.HasPrefix(host, "gone"):
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	case strings.HasPrefix(host, "mute"):
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return []netip.Addr{netip.MustParseAddr("8.8.8.8")}, nil
}

// runCrowd asks all hosts at once, each for its rows one after the other, and returns how long the good ones took. Bad
// hosts come first.
func runCrowd(t *testing.T, f *Fetcher, bad bool) time.Duration {
	const good, goodRows, badRows = 20, 100, 40
	start := time.Now()
	var all, goods sync.WaitGroup
	ask := func(wg *sync.WaitGroup, host string, rows int, reason schemas.Reason, detail string) {
		wg.Go(func() {
			for i := range rows {
				expect(t, get(t, f, fmt.Sprintf("http://%s.test/%d.jpg", host, i)), reason, detail)
			}
		})
	}
	for _, b := range badHosts {
		for i := range b.hosts {
			if bad {
				ask(&all, fmt.Sprintf("%s%d", b.kind, i), badRows, b.reason, b.detail)
			}
		}
	}
	for i := range good {
		ask(&goods, fmt.Sprintf("good%d", i), goodRows, "", "")
	}
	goods.Wait()
	took := time.Since(start)
	all.Wait()
	if end := time.Since(start); end > time.Hour {
		t.Errorf("everything ended after %v", end)
	}
	return took
}

// Two hundred bad hosts do not slow twenty good ones by more than a fifth, every bad row has its reason, and all ends.
func TestGoodHostsDoNotNotice(t *testing.T) {
	t.Parallel()
	took := map[bool]time.Duration{}
	for _, bad := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			m := newMortal(t, crowd())
			m.set("8.6.6.6:80", "hung")
			m.set("8.7.7.7:80", "refused")
			f := m.fetcher(t, Config{MaxBytes: 1_000_000, Resolver: crowdNames{}, Dial: m.dial})
			took[bad] = runCrowd(t, f, bad)
		})
	}
	if took[true] > took[false]*5/4 {
		t.Errorf("%v among bad hosts, %v alone", took[true], took[false])
	}
	t.Logf("%v among bad hosts, %v alone", took[true], took[false])
}
