package fetch

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// lossyServer is a DNS server on loopback. Names under "gone" do not exist, all others have one IPv4 address. It loses a
// share of the queries, by a hash of the question and how often it came, so that every run loses the same.
type lossyServer struct {
	conn *net.UDPConn
	loss uint32 // in 100

	mu    sync.Mutex
	asked map[string]int
	lost  int
}

func newLossyServer(t *testing.T, loss uint32) *lossyServer {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	s := &lossyServer{conn: conn, loss: loss, asked: map[string]int{}}
	var served sync.WaitGroup
	served.Go(s.serve)
	t.Cleanup(func() {
		conn.Close()
		served.Wait()
	})
	return s
}

func (s *lossyServer) serve() {
	buf := make([]byte, 1500)
	for {
		n, from, err := s.conn.ReadFrom(buf)
		if err != nil {
			return
		}
		var query dnsmessage.Message
		if query.Unpack(buf[:n]) != nil || len(query.Questions) != 1 || s.loses(query.Questions[0]) {
			continue
		}
		if answer, err := reply(query).Pack(); err == nil {
			_, _ = s.conn.WriteTo(answer, from)
		}
	}
}

// loses counts a question and tells whether it gets no answer.
func (s *lossyServer) loses(q dnsmessage.Question) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := q.Name.String() + q.Type.String()
	s.asked[key]++
	h := fnv.New32a()
	fmt.Fprint(h, s.asked[key], key)
	lost := h.Sum32()>>8%100 < s.loss
	if lost {
		s.lost++
	}
	return lost
}

func reply(query dnsmessage.Message) *dnsmessage.Message {
	q := query.Questions[0]
	m := &dnsmessage.Message{Header: dnsmessage.Header{ID: query.ID, Response: true, RecursionAvailable: true}, Questions: query.Questions}
	switch {
	case strings.HasSuffix(q.Name.String(), ".gone."):
		m.RCode = dnsmessage.RCodeNameError
	case q.Type == dnsmessage.TypeA:
		m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 60},
			Body: &dnsmessage.AResource{A: [4]byte{8, 8, 8, 8}}}}
	}
	return m
}

// dial leads every query to s.
func (s *lossyServer) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, network, s.conn.LocalAddr().String())
}

// With 30 % of all queries lost every name gets the same answer as without loss: an address, or that it does not exist.
func TestNamesSurviveALossyNetwork(t *testing.T) {
	t.Parallel()
	const hosts = 300
	for _, loss := range []uint32{0, 30} {
		t.Run(fmt.Sprint(loss), func(t *testing.T) {
			t.Parallel()
			s := newLossyServer(t, loss)
			var tasks, asking sync.WaitGroup
			defer tasks.Wait()
			n := newNames(t.Context(), Config{Resolver: newSystemResolver(s.dial, 100*time.Millisecond)}.withDefaults(), tasks.Go)
			for i := range hosts {
				asking.Go(func() {
					addrs, err := n.LookupNetIP(t.Context(), "ip", fmt.Sprintf("h%d.test", i))
					if err != nil || fmt.Sprint(addrs) != "[8.8.8.8]" {
						t.Errorf("host %d: %v, %v", i, addrs, err)
					}
					var dns *net.DNSError
					gone := fmt.Sprintf("h%d.gone", i)
					if _, err = n.LookupNetIP(t.Context(), "ip", gone); !errors.As(err, &dns) || !dns.IsNotFound || dns.Name != gone {
						t.Errorf("host %d: %v", i, err)
					}
				})
			}
			asking.Wait()
			s.mu.Lock()
			defer s.mu.Unlock()
			if (s.lost > 0) != (loss > 0) || loss > 0 && s.lost < 2*hosts*int(loss)/100 {
				t.Errorf("%d queries lost of %d", s.lost, len(s.asked))
			}
		})
	}
}
