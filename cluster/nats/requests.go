package nats

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	natsio "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"pairmill/cluster"
)

const (
	pollExpiry = 30 * time.Second // of a request that waits; on a cluster of servers each costs two entries of a log
	pollSlack  = 2 * time.Second  // for the server's word that a request has expired
	firstRest  = 10 * time.Millisecond
	maxRest    = 2 * time.Second // a run that had nothing is asked again after at most this while others have jobs
	maxProbes  = 8               // such requests for one job; each takes a round trip

	// linger is how long requests wait on at the server when a job has come and no Pull waits any more. Jobs of several
	// runs often arrive together; those that come within this time can be handed back, while one that the server is just
	// sending to a request that is withdrawn is counted as an attempt.
	linger = 50 * time.Millisecond
)

var (
	errNothing  = errors.New("nothing there")
	errNoAnswer = fmt.Errorf("a request for a job: %w", natsio.ErrTimeout)
	errLeader   = errors.New("the server that led the consumer leads it no more")
)

// line is a run in a dispatcher's eyes. It is hot while it is believed to have jobs.
type line struct {
	share    cluster.Share
	revision uint64
	asked    []time.Time // when each request that does not wait is overdue
	hot      bool
	rest     time.Duration // since it had nothing
	until    time.Time     // not asked before, since it had nothing or failed
	failures int           // in a row
}

func (l *line) heat() { l.hot, l.rest, l.until, l.failures = true, 0, time.Time{}, 0 }

func (l *line) cool(now time.Time) {
	l.hot, l.failures = false, 0
	l.rest = min(max(2*l.rest, firstRest), maxRest)
	l.until = now.Add(l.rest)
}

func (l *line) open(now time.Time) bool { return !l.share.Paused && !now.Before(l.until) }

// round is a request that waits for each run.
type round struct {
	inbox  string
	sub    *natsio.Subscription
	polled map[string]time.Time // by run, when it is overdue
	ends   time.Time            // of a round that fades: when its requests are withdrawn
}

func (r *round) has(run string) bool {
	if r == nil {
		return false
	}
	_, ok := r.polled[run]
	return ok
}

// asked counts the requests under way that do not wait.
func (d *dispatcher) asked() int {
	n := 0
	for _, l := range d.lines {
		n += len(l.asked)
	}
	return n
}

// askNext asks a run for a job; false when there is none to ask. Runs that had nothing some time ago come first, a few of
// them; then the one whose turn it is.
func (d *dispatcher) askNext(now time.Time) bool {
	run, ok := d.choose(now)
	if !ok {
		return false
	}
	err := d.listen()
	if err == nil {
		err = d.request(d.inbox, run, map[string]any{"batch": 1, "no_wait": true})
	}
	if err != nil {
		d.turns.Undo(run)
		d.unsent(err, now)
		return false
	}
	l := d.lines[run]
	l.asked = append(l.asked, now.Add(d.q.cfg.Timeout))
	return true
}

// choose deals the next turn.
func (d *dispatcher) choose(now time.Time) (run string, ok bool) {
	if d.probes < maxProbes {
		for name, l := range d.lines {
			if !l.hot && l.open(now) && len(l.asked) == 0 && (!ok || l.until.Before(d.lines[run].until)) {
				run, ok = name, true
			}
		}
	}
	if ok {
		d.probes++
		return d.turns.Next(func(yield func(string, int) bool) { yield(run, d.lines[run].share.Weight) })
	}
	return d.turns.Next(func(yield func(string, int) bool) {
		for name, l := range d.lines {
			if l.hot && l.open(now) && !yield(name, l.share.Weight) {
				return
			}
		}
	})
}

// pollAll asks every run that is not asked already to answer when it has a job.
func (d *dispatcher) pollAll(now time.Time) {
	for run, l := range d.lines {
		if l.share.Paused || d.round.has(run) || l.failures > 0 && now.Before(l.until) {
			continue
		}
		if d.round == nil && d.fading != nil {
			d.round, d.fading = d.fading, nil
			if d.round.has(run) {
				continue
			}
		}
		if d.round == nil {
			r := &round{inbox: d.q.nc.NewInbox() + ".", polled: map[string]time.Time{}}
			var err error
			if r.sub, err = d.subscribe(r.inbox, r); err != nil {
				d.unsent(err, now)
				return
			}
			d.round = r
		}
		if err := d.request(d.round.inbox, run, map[string]any{"batch": 1, "expires": pollExpiry}); err != nil {
			d.unsent(err, now)
			return
		}
		d.round.polled[run] = now.Add(pollExpiry + pollSlack)
	}
}

// endRound lets the round fade, unless the next begins soon.
func (d *dispatcher) endRound(now time.Time) {
	if d.round == nil {
		return
	}
	for run := range d.round.polled {
		if l := d.lines[run]; l != nil {
			l.rest = 0
			l.cool(now)
		}
	}
	d.withdraw()
	d.fading, d.round = d.round, nil
	d.fading.ends = now.Add(linger)
	if len(d.fading.polled) == 0 {
		d.withdraw()
	}
}

// withdraw ends the requests of the round that fades: the server drops those that nobody listens to. What it has sent by
// then still arrives.
func (d *dispatcher) withdraw() {
	if d.fading != nil {
		d.drain(d.fading.sub)
		d.fading = nil
	}
}

// cutRound ends all requests that wait.
func (d *dispatcher) cutRound(now time.Time) {
	d.endRound(now)
	d.withdraw()
}

// listen takes the answers to requests that do not wait.
func (d *dispatcher) listen() (err error) {
	if d.asks == nil {
		d.asks, err = d.subscribe(d.inbox, nil)
	}
	return err
}

func (d *dispatcher) subscribe(inbox string, r *round) (*natsio.Subscription, error) {
	return d.q.nc.Subscribe(inbox+"*", func(msg *natsio.Msg) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.arrived = append(d.arrived, arrival{msg, r})
		d.wake()
	})
}

// drain ends a subscription when what was sent to it has arrived.
func (d *dispatcher) drain(sub *natsio.Subscription) {
	if sub == nil {
		return
	}
	d.draining.Add(1)
	sub.SetClosedHandler(func(string) { d.draining.Done() })
	if err := sub.Drain(); err != nil {
		_ = sub.Unsubscribe()
	}
}

// request asks a run's consumer for a job.
func (d *dispatcher) request(inbox, run string, what map[string]any) error {
	body, err := json.Marshal(what)
	if err != nil {
		return err
	}
	next := jetstream.DefaultAPIPrefix + "CONSUMER.MSG.NEXT." + streamOf(d.stage) + "." + run
	return d.q.nc.PublishRequest(next, inbox+run, body)
}

// unsent follows a request that could not be sent.
func (d *dispatcher) unsent(err error, now time.Time) {
	d.failures++
	d.down = now.Add(backOff(d.failures))
	d.q.grumble(d.failures, fmt.Errorf("pull a job of stage %s: %w", d.stage, err))
}

// fail follows a request that failed. A first failure may be no more than news that travels slowly: of a run that was
// dropped, or of a consumer that another server leads now; or this process was suspended.
func (d *dispatcher) fail(run string, l *line, err error, now time.Time) {
	l.hot, l.failures = false, l.failures+1
	l.until = now.Add(backOff(l.failures))
	if missing(err) {
		d.q.mend()
	}
	if l.failures > 1 || !missing(err) && !errors.Is(err, errLeader) && !errors.Is(err, errNoAnswer) {
		d.q.grumble(l.failures, fmt.Errorf("pull a job of stage %s and run %s: %w", d.stage, run, err))
	}
}

// answer tells of which run a message is, and how many jobs are left there, or what the server says about a request:
// errNothing, or what is wrong.
func answer(msg *natsio.Msg) (run string, left uint64, err error) {
	if err := verdict(msg); err != nil {
		return msg.Subject[strings.LastIndexByte(msg.Subject, '.')+1:], 0, err
	}
	meta, err := msg.Metadata()
	if err != nil {
		return "", 0, fmt.Errorf("message %s: %w", msg.Subject, err)
	}
	return meta.Consumer, meta.NumPending, nil
}

// verdict tells a job's message from the server's word about the request (ADR-13: status in the header, no subject
// to reply to).
func verdict(msg *natsio.Msg) error {
	status, words := msg.Header.Get("Status"), msg.Header.Get("Description")
	switch {
	case status == "" || msg.Reply != "":
		return nil
	case status == "404" || status == "408": // nothing there; expired, or others wait already for what is there
		return errNothing
	case status == "503":
		return natsio.ErrNoResponders
	case strings.Contains(words, "Consumer Deleted"):
		return jetstream.ErrConsumerNotFound
	case strings.Contains(words, "Leadership Change"), strings.Contains(words, "Server Shutdown"):
		return errLeader
	}
	return errors.New("server says " + status + " " + words)
}
