package nats

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	natsio "github.com/nats-io/nats.go"

	"pairmill/cluster"
	"pairmill/schemas"
)

const (
	answerGroup    = "answer"              // the queue group of those that answer: one of them hears each call
	patienceHeader = "Pairmill-Patience"   // of a question: how long the caller waits
	refusedHeader  = "Pairmill-Refused"    // of an answer: why there is none
	callWait       = 50 * time.Millisecond // between tries to send while there is no connection
)

// errPatience is why an answer is not wanted any more.
var errPatience = errors.New("the caller's patience is over")

// callSubject makes two parts of a name with hyphens, call.pace.3 of pace-3, so that permissions can be given by kind.
func callSubject(name string) string { return "call." + strings.Replace(name, "-", ".", 1) }

// Call asks one of those that answer to name. While there is no connection it waits for one.
func (m *Medium) Call(ctx context.Context, name string, question []byte) ([]byte, error) {
	if !schemas.ValidName(name) {
		return nil, fmt.Errorf("call %q: want 1 to 64 of a-z, 0-9 and inner hyphens", name)
	}
	if len(question) > cluster.MaxCall {
		return nil, fmt.Errorf("call %s: a question of %d bytes: the limit is %d", name, len(question), cluster.MaxCall)
	}
	waiting, done, err := m.q.begin(ctx)
	if err != nil {
		return nil, because(ctx, err)
	}
	defer done()
	for {
		answer, err := m.ask(waiting, name, question)
		switch {
		case err == nil:
			return answer, nil
		case waiting.Err() != nil:
			return nil, because(ctx, context.Cause(waiting))
		case errors.Is(err, natsio.ErrNoResponders):
			return nil, fmt.Errorf("call %s: %w", name, cluster.ErrNobody)
		case !unsent(err):
			return nil, fmt.Errorf("call %s: %w", name, err)
		}
		t := time.NewTimer(callWait)
		select {
		case <-t.C:
		case <-waiting.Done():
			t.Stop()
		}
	}
}

// because is the cause of the caller's context, if that has ended.
func because(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// unsent tells whether a message did not leave this process.
func unsent(err error) bool {
	return errors.Is(err, natsio.ErrReconnectBufExceeded) || errors.Is(err, natsio.ErrConnectionReconnecting) || errors.Is(err, natsio.ErrDisconnected)
}

// ask sends one question and waits for its answer.
func (m *Medium) ask(ctx context.Context, name string, question []byte) ([]byte, error) {
	msg := &natsio.Msg{Subject: callSubject(name), Data: question, Header: natsio.Header{}}
	if end, ok := ctx.Deadline(); ok {
		msg.Header.Set(patienceHeader, strconv.FormatInt(time.Until(end).Milliseconds(), 10))
	}
	answer, err := m.q.nc.RequestMsgWithContext(ctx, msg)
	if err != nil {
		return nil, err
	}
	if _, refused := answer.Header[refusedHeader]; refused {
		return nil, &cluster.CallError{Text: answer.Header.Get(refusedHeader)}
	}
	return answer.Data, nil
}

// Answer answers calls until ctx ends or Close. The client library subscribes again after each reconnection.
func (m *Medium) Answer(ctx context.Context, name string, answer func(ctx context.Context, question []byte) ([]byte, error)) error {
	if !schemas.ValidName(name) {
		return fmt.Errorf("answer to %q: want 1 to 64 of a-z, 0-9 and inner hyphens", name)
	}
	waiting, done, err := m.q.begin(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	defer done()
	var calls sync.WaitGroup
	sub, err := m.q.nc.QueueSubscribe(callSubject(name), answerGroup, func(msg *natsio.Msg) {
		calls.Go(func() { m.reply(waiting, msg, answer) })
	})
	if err != nil {
		return fmt.Errorf("answer to %s: %w", name, err)
	}
	ended := sub.StatusChanged(natsio.SubscriptionClosed)
	<-waiting.Done()
	if err := sub.Drain(); err != nil {
		_ = sub.Unsubscribe()
	}
	drained := time.NewTimer(pollSlack)
	defer drained.Stop()
	select {
	case <-ended:
	case <-drained.C:
	}
	calls.Wait()
	return nil
}

// reply answers one question.
func (m *Medium) reply(ctx context.Context, msg *natsio.Msg, answer func(ctx context.Context, question []byte) ([]byte, error)) {
	if ms, err := strconv.ParseInt(msg.Header.Get(patienceHeader), 10, 64); err == nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, time.Duration(ms)*time.Millisecond, errPatience)
		defer cancel()
	}
	body, err := answer(ctx, msg.Data)
	if err != nil && errors.Is(context.Cause(ctx), errPatience) {
		return // a refusal might come just before the caller gives up by its own clock, and say less than that does
	}
	if err == nil && len(body) > cluster.MaxCall {
		err = fmt.Errorf("an answer of %d bytes: the limit is %d", len(body), cluster.MaxCall)
	}
	back := &natsio.Msg{Data: body}
	if err != nil {
		back = &natsio.Msg{Header: natsio.Header{refusedHeader: {cluster.Line(err.Error())}}}
	}
	if err := msg.RespondMsg(back); err != nil {
		m.q.log.warn("nats", fmt.Errorf("answer %s: %w", msg.Subject, err))
	}
}
