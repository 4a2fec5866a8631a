package mem

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"pairmill/cluster"
	"pairmill/schemas"
)

// answerer is one Answer under way.
type answerer struct {
	peer   *Peer
	ctx    context.Context
	answer func(ctx context.Context, question []byte) ([]byte, error)
	calls  sync.WaitGroup
}

// Call asks one of those that answer to name.
func (p *Peer) Call(ctx context.Context, name string, question []byte) ([]byte, error) {
	if !schemas.ValidName(name) {
		return nil, fmt.Errorf("call %q: want 1 to 64 of a-z, 0-9 and inner hyphens", name)
	}
	if len(question) > cluster.MaxCall {
		return nil, fmt.Errorf("call %s: a question of %d bytes: the limit is %d", name, len(question), cluster.MaxCall)
	}
	reply := make(chan reply, 1)
	err := p.do(ctx, func(time.Time) {
		there := slices.DeleteFunc(slices.Clone(p.m.answers[name]), func(a *answerer) bool { return a.peer.cut })
		if len(there) == 0 {
			reply <- nobody
			return
		}
		a := there[rand.IntN(len(there))]
		question := slices.Clone(question)
		a.calls.Go(func() { a.reply(ctx, p, question, reply) })
	})
	if err != nil {
		return nil, err
	}
	select {
	case r := <-reply:
		return r.answer, r.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-p.life.Done():
		return nil, cluster.ErrClosed
	}
}

type reply struct {
	answer []byte
	err    error
}

var nobody = reply{err: cluster.ErrNobody}

// reply answers one question. An answer from or to a peer that is cut off by then does not arrive.
func (a *answerer) reply(ctx context.Context, caller *Peer, question []byte, to chan<- reply) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(a.ctx, cancel)()
	answer, err := a.answer(ctx, question)
	if err == nil && len(answer) > cluster.MaxCall {
		err = fmt.Errorf("an answer of %d bytes: the limit is %d", len(answer), cluster.MaxCall)
	}
	if err != nil {
		answer, err = nil, &cluster.CallError{Text: cluster.Line(err.Error())}
	}
	a.peer.m.mu.Lock()
	defer a.peer.m.mu.Unlock()
	if !a.peer.cut && !caller.cut {
		to <- reply{slices.Clone(answer), err}
	}
}

// Answer answers calls until ctx ends or Close.
func (p *Peer) Answer(ctx context.Context, name string, answer func(ctx context.Context, question []byte) ([]byte, error)) error {
	if !schemas.ValidName(name) {
		return fmt.Errorf("answer to %q: want 1 to 64 of a-z, 0-9 and inner hyphens", name)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(p.life, cancel)()
	a := &answerer{peer: p, ctx: ctx, answer: answer}
	p.m.mu.Lock()
	if p.closed {
		p.m.mu.Unlock()
		return cluster.ErrClosed
	}
	p.m.answers[name] = append(p.m.answers[name], a)
	p.m.mu.Unlock()
	<-ctx.Done()
	p.m.mu.Lock()
	p.m.answers[name] = slices.DeleteFunc(p.m.answers[name], func(x *answerer) bool { return x == a })
	p.m.mu.Unlock()
	a.calls.Wait()
	return nil
}
