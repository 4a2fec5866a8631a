package nats

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	natsio "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"pairmill/cluster"
)

const (
	tickConsumer = "scheduler" // the durable consumer of timerStream that leases ticks
	tickLease    = time.Minute
	nextHeader   = "Nats-Schedule-Next" // of a tick: when the next one is due
)

// SetTimer adds or replaces a timer, unless it is there as it should be.
func (m *Medium) SetTimer(ctx context.Context, t cluster.Timer) error {
	s, err := t.Parse()
	if err != nil {
		return err
	}
	return m.setTimer(ctx, t, "0 "+s.Fields)
}

// setTimer stores a timer with the pattern that the server reads: seconds first.
func (m *Medium) setTimer(ctx context.Context, t cluster.Timer, pattern string) error {
	ctx, done, err := m.q.begin(ctx)
	if err != nil {
		return err
	}
	defer done()
	body, err := json.Marshal(t)
	if err != nil {
		return fmt.Errorf("encode timer %s: %w", t.Name, err)
	}
	options := []jetstream.PublishOpt{jetstream.WithScheduleCron(pattern), jetstream.WithScheduleTarget("tick." + t.Name)}
	if t.Zone != "" {
		options = append(options, jetstream.WithScheduleTimeZone(t.Zone))
	}
	return m.persist(ctx, "set timer "+t.Name, func(ctx context.Context) error {
		switch there, err := m.q.timer(ctx, t.Name); {
		case err != nil:
			return err
		case string(there) == string(body):
			return nil
		}
		_, err := m.q.store(ctx, &natsio.Msg{Subject: "timer." + t.Name, Data: body, Header: natsio.Header{}}, options...)
		return err
	})
}

// timer reads what is stored of a timer; nil when it is not set.
func (q *Queue) timer(ctx context.Context, name string) ([]byte, error) {
	s, err := q.js.Stream(ctx, timerStream)
	if err != nil {
		return nil, err
	}
	msg, err := s.GetLastMsgForSubject(ctx, "timer."+name)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return msg.Data, nil
}

// RemoveTimer removes a timer and its tick.
func (m *Medium) RemoveTimer(ctx context.Context, name string) error {
	ctx, done, err := m.q.begin(ctx)
	if err != nil {
		return err
	}
	defer done()
	return m.q.persist(ctx, "remove timer "+name, func(ctx context.Context) error {
		s, err := m.q.js.Stream(ctx, timerStream)
		if err == nil {
			err = s.Purge(ctx, jetstream.WithPurgeSubject("timer."+name))
		}
		if err == nil {
			err = s.Purge(ctx, jetstream.WithPurgeSubject("tick."+name))
		}
		return m.q.absent(ctx, timerStream, err)
	})
}

// Timers lists what is set.
func (m *Medium) Timers(ctx context.Context) ([]cluster.Timer, error) {
	ctx, done, err := m.q.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	var list []cluster.Timer
	err = m.q.persist(ctx, "list timers", func(ctx context.Context) (err error) {
		list, err = m.q.allTimers(ctx)
		return m.q.absent(ctx, timerStream, err)
	})
	slices.SortFunc(list, func(a, b cluster.Timer) int { return strings.Compare(a.Name, b.Name) })
	return list, err
}

func (q *Queue) allTimers(ctx context.Context) ([]cluster.Timer, error) {
	s, err := q.js.Stream(ctx, timerStream)
	if err != nil {
		return nil, err
	}
	latest := map[string]cluster.Timer{} // one that is set while we read comes twice
	for next := uint64(1); ; {
		msg, err := s.GetMsg(ctx, next, jetstream.WithGetMsgSubject("timer.*"))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return slices.Collect(maps.Values(latest)), nil
		}
		if err != nil {
			return nil, err
		}
		next = msg.Sequence + 1
		var t cluster.Timer
		if err := json.Unmarshal(msg.Data, &t); err != nil {
			return nil, fmt.Errorf("%s holds no timer: %w", msg.Subject, err)
		}
		latest[t.Name] = t
	}
}

// NextTick waits for a timer to be due, and leases its tick.
func (m *Medium) NextTick(ctx context.Context) (cluster.Tick, error) {
	waiting, done, err := m.q.begin(ctx)
	if err != nil {
		return nil, because(ctx, err)
	}
	defer done()
	for failures := 0; ; {
		msg, err := m.tickRequest(waiting)
		switch {
		case waiting.Err() != nil:
			if msg != nil { // nobody waits for it any more: another may have it at once
				_ = msg.Respond([]byte("-NAK"))
			}
			return nil, because(ctx, context.Cause(waiting))
		case err == nil && msg == nil:
			failures = 0
			continue
		case err == nil:
			return m.readTick(msg), nil
		}
		failures++
		if missing(err) && m.q.nc.IsConnected() {
			err = m.q.once(waiting, m.makeTicks)
		}
		if err != nil {
			m.q.log.warn("nats", fmt.Errorf("wait for a timer: %w", err))
		}
		if pause(waiting, failures) != nil {
			return nil, because(ctx, context.Cause(waiting))
		}
	}
}

// makeTicks makes the stream of timers and the consumer of their ticks.
func (m *Medium) makeTicks(ctx context.Context) error {
	if _, err := m.q.js.CreateOrUpdateStream(ctx, m.q.timers()); err != nil {
		return fmt.Errorf("set up stream %s: %w", timerStream, err)
	}
	_, err := m.q.js.CreateOrUpdateConsumer(ctx, timerStream, jetstream.ConsumerConfig{
		Durable:       tickConsumer,
		Description:   "pairmill: leases ticks to the control plane that leads",
		FilterSubject: "tick.*",
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       m.tick,
		MaxDeliver:    -1,
		MaxAckPending: -1,
	})
	if err != nil {
		return fmt.Errorf("set up consumer %s of stream %s: %w", tickConsumer, timerStream, err)
	}
	return nil
}

// tickRequest asks for one tick and waits. It returns nil without an error when there was none for a while.
func (m *Medium) tickRequest(ctx context.Context) (*natsio.Msg, error) {
	sub, err := m.q.nc.SubscribeSync(m.q.nc.NewInbox())
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(map[string]any{"batch": 1, "expires": tickExpiry})
	if err == nil {
		err = m.q.nc.PublishRequest(jetstream.DefaultAPIPrefix+"CONSUMER.MSG.NEXT."+timerStream+"."+tickConsumer, sub.Subject, body)
	}
	if err != nil {
		_ = sub.Unsubscribe()
		return nil, err
	}
	wait, cancel := context.WithTimeout(ctx, tickExpiry+pollSlack)
	defer cancel()
	msg, err := sub.NextMsgWithContext(wait)
	if err != nil {
		msg, err = lastCall(sub, err)
	} else {
		_ = sub.Unsubscribe()
	}
	if err != nil {
		return nil, err
	}
	err = verdict(msg)
	if errors.Is(err, errNothing) {
		return nil, nil
	}
	return msg, err
}

// tickExpiry is how long a request for a tick waits at the server. One that is lost with its server is asked again after this
// and pollSlack.
const tickExpiry = 5 * time.Second

// lastCall ends a request and takes what the server sent before it heard of that.
func lastCall(sub *natsio.Subscription, cause error) (*natsio.Msg, error) {
	if err := sub.Drain(); err != nil {
		_ = sub.Unsubscribe()
		return nil, cause
	}
	msg, err := sub.NextMsg(pollSlack)
	if err != nil {
		return nil, cause
	}
	return msg, nil
}

// tick is one leased message.
type tick struct {
	m    *Medium
	msg  *natsio.Msg
	name string
	at   time.Time
}

// readTick learns what was due. The server says when the next tick is due, and the one before that is this: its message may
// have been stored later, when the server was down at its time.
func (m *Medium) readTick(msg *natsio.Msg) *tick {
	t := &tick{m: m, msg: msg, name: strings.TrimPrefix(msg.Subject, "tick.")}
	if meta, err := msg.Metadata(); err == nil {
		t.at = meta.Timestamp.UTC().Truncate(time.Second)
	}
	var timer cluster.Timer
	next, err := time.Parse(time.RFC3339Nano, msg.Header.Get(nextHeader))
	if err != nil || json.Unmarshal(msg.Data, &timer) != nil {
		return t
	}
	if s, err := timer.Parse(); err == nil {
		t.at = s.Last(next.Add(-time.Second))
	}
	return t
}

func (t *tick) Timer() string { return t.name }
func (t *tick) At() time.Time { return t.at }

// Ack removes the tick, and waits until the server has done so.
func (t *tick) Ack(ctx context.Context) error {
	ctx, done, err := t.m.q.begin(ctx)
	if err != nil {
		return err
	}
	defer done()
	return t.m.q.persist(ctx, "ack the tick of timer "+t.name, func(ctx context.Context) error {
		_, err := t.m.q.nc.RequestWithContext(ctx, t.msg.Reply, []byte("+ACK"))
		return err
	})
}
