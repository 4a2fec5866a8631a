package clustertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pairmill/cluster"
)

// answerIn answers to a name until the returned function is called, and returns when questions arrive.
func answerIn(t *testing.T, p Peer, asker Peer, name string, answer func(ctx context.Context, question []byte) ([]byte, error)) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	var there atomic.Bool
	go func() {
		ended <- p.Answer(ctx, name, func(ctx context.Context, question []byte) ([]byte, error) {
			if string(question) == "there?" {
				there.Store(true)
				return nil, nil
			}
			return answer(ctx, question)
		})
	}()
	for deadline := time.Now().Add(patience); !there.Load(); {
		if time.Now().After(deadline) {
			t.Fatal("nobody answers")
		}
		_, _ = asker.Call(after(t, time.Second), name, []byte("there?"))
		time.Sleep(time.Millisecond)
	}
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Answer: %v", err)
		}
	}
}

func echo(_ context.Context, question []byte) ([]byte, error) {
	return append([]byte("re: "), question...), nil
}

func wantAnswer(t *testing.T, p Peer, name, question, want string) {
	t.Helper()
	got, err := p.Call(within(t), name, []byte(question))
	if err != nil || string(got) != want {
		t.Fatalf("Call %s = %.40q, %v; want %.40q", name, got, err, want)
	}
}

func call(t *testing.T, m Medium) {
	a, b := m.Join(t), m.Join(t)
	stop := answerIn(t, a, b, "pace-1", echo)
	defer stop()
	for _, q := range []string{"x", "", "\x00\xff"} {
		wantAnswer(t, b, "pace-1", q, "re: "+q)
		wantAnswer(t, a, "pace-1", q, "re: "+q) // oneself, too
	}
	large := strings.Repeat("x", cluster.MaxCall-len("re: "))
	wantAnswer(t, b, "pace-1", large, "re: "+large)
}

func callNobody(t *testing.T, m Medium) {
	a, b := m.Join(t), m.Join(t)
	want := func(when string) {
		t.Helper()
		start := time.Now()
		if _, err := b.Call(within(t), "pace-1", nil); !errors.Is(err, cluster.ErrNobody) {
			t.Fatalf("Call %s: %v, want ErrNobody", when, err)
		}
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("Call %s: learnt after %v that nobody answers", when, took)
		}
	}
	want("before anybody answered")
	stop := answerIn(t, a, b, "pace-1", echo)
	stop()
	want("after the answerer has gone")
	stop = answerIn(t, a, b, "pace-2", echo)
	defer stop()
	want("of another name")
}

func callSeveral(t *testing.T, m Medium) {
	var heard [2]atomic.Int32
	asker := m.Join(t)
	for i := range heard {
		p := m.Join(t)
		stop := answerIn(t, p, asker, "pace-1", func(context.Context, []byte) ([]byte, error) {
			heard[i].Add(1)
			return nil, nil
		})
		defer stop()
	}
	const calls = 100
	for range calls {
		wantAnswer(t, asker, "pace-1", "", "")
	}
	if a, b := heard[0].Load(), heard[1].Load(); a+b != calls || a == 0 || b == 0 {
		t.Errorf("%d calls: one heard %d, the other %d", calls, a, b)
	}
}

func callRefused(t *testing.T, m Medium) {
	a, b := m.Join(t), m.Join(t)
	stop := answerIn(t, a, b, "pace-1", func(_ context.Context, q []byte) ([]byte, error) {
		if string(q) == "large" {
			return make([]byte, cluster.MaxCall+1), nil
		}
		return []byte("ignored"), fmt.Errorf("host %s: not mine,\nask another", q)
	})
	defer stop()
	var refused *cluster.CallError
	if _, err := b.Call(within(t), "pace-1", []byte("a.test")); !errors.As(err, &refused) || refused.Text != "host a.test: not mine, ask another" {
		t.Errorf("Call: %v", err)
	}
	if _, err := b.Call(within(t), "pace-1", []byte("large")); !errors.As(err, &refused) || !strings.Contains(refused.Text, "524288") {
		t.Errorf("Call with a large answer: %v", err)
	}
}

// callPatience: the caller's patience bounds the wait, and the answerer's context ends about then or with Answer.
func callPatience(t *testing.T, m Medium) {
	a, b := m.Join(t), m.Join(t)
	ended := make(chan struct{}, 1)
	stop := answerIn(t, a, b, "pace-1", func(ctx context.Context, _ []byte) ([]byte, error) {
		<-ctx.Done()
		ended <- struct{}{}
		return nil, ctx.Err()
	})
	start := time.Now()
	_, err := b.Call(after(t, 300*time.Millisecond), "pace-1", nil)
	if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || took > 2*time.Second {
		t.Errorf("Call: %v after %v", err, took)
	}
	stop()
	select {
	case <-ended:
	case <-within(t).Done():
		t.Error("the answer's context does not end")
	}
}

// callMany: slow answers do not keep others waiting.
func callMany(t *testing.T, m Medium) {
	a, b := m.Join(t), m.Join(t)
	stop := answerIn(t, a, b, "pace-1", func(_ context.Context, q []byte) ([]byte, error) {
		time.Sleep(100 * time.Millisecond)
		return q, nil
	})
	defer stop()
	start := time.Now()
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			q := fmt.Appendf(nil, "%d", i)
			if got, err := b.Call(within(t), "pace-1", q); err != nil || !bytes.Equal(got, q) {
				t.Errorf("Call %s = %q, %v", q, got, err)
			}
		})
	}
	wg.Wait()
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("200 calls of 100 ms took %v", took)
	}
}

func callBounds(t *testing.T, m Medium) {
	a, b := m.Join(t), m.Join(t)
	stop := answerIn(t, a, b, "pace-1", echo)
	defer stop()
	if _, err := b.Call(within(t), "pace-1", make([]byte, cluster.MaxCall+1)); err == nil || !strings.Contains(err.Error(), "524288") {
		t.Errorf("Call with a large question: %v", err)
	}
	for _, name := range []string{"", "a.b", "*", ">", "A"} {
		if _, err := b.Call(within(t), name, nil); err == nil || errors.Is(err, cluster.ErrNobody) {
			t.Errorf("Call %q: %v", name, err)
		}
		if err := a.Answer(after(t, time.Second), name, echo); err == nil {
			t.Errorf("Answer to %q", name)
		}
	}
}

func callEnds(t *testing.T, m Medium) {
	a, b := m.Join(t), m.Join(t)
	answering := make(chan error, 1)
	go func() { answering <- a.Answer(t.Context(), "pace-2", echo) }()
	stop := answerIn(t, a, b, "pace-1", func(ctx context.Context, _ []byte) ([]byte, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	})
	defer stop()
	calling := make(chan error, 1)
	go func() {
		_, err := b.Call(within(t), "pace-1", nil)
		calling <- err
	}()
	idle(t, 50*time.Millisecond)
	must(t, "Close", b.Close())
	if err := <-calling; !errors.Is(err, cluster.ErrClosed) {
		t.Errorf("Call when closed: %v", err)
	}
	if _, err := b.Call(t.Context(), "pace-1", nil); !errors.Is(err, cluster.ErrClosed) {
		t.Errorf("Call after Close: %v", err)
	}
	must(t, "Close", a.Close())
	if err := <-answering; err != nil {
		t.Errorf("Answer when closed: %v", err)
	}
	if err := a.Answer(t.Context(), "pace-1", echo); !errors.Is(err, cluster.ErrClosed) {
		t.Errorf("Answer after Close: %v", err)
	}
}
