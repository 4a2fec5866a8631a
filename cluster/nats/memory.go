package nats

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	natsio "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"pairmill/cluster"
	"pairmill/schemas"
)

// Remember keeps a value under the key <group>.<name>.
func (m *Medium) Remember(ctx context.Context, group, name string, value []byte, ttl time.Duration) error {
	if !schemas.ValidName(group) || !schemas.ValidName(name) {
		return fmt.Errorf("memo %q of group %q: want 1 to 64 of a-z, 0-9 and inner hyphens", name, group)
	}
	if len(value) > cluster.MaxMemo {
		return fmt.Errorf("memo %s of group %s: a value of %d bytes: the limit is %d", name, group, len(value), cluster.MaxMemo)
	}
	ctx, done, err := m.q.begin(ctx)
	if err != nil {
		return err
	}
	defer done()
	ttl = max((ttl + time.Second - 1).Truncate(time.Second), time.Second) // the server counts in seconds
	return m.persist(ctx, "remember "+group+"."+name, func(ctx context.Context) error {
		msg := &natsio.Msg{Subject: key(memoryBucket, group+"."+name), Data: value, Header: natsio.Header{}}
		_, err := m.q.store(ctx, msg, jetstream.WithMsgTTL(ttl))
		return err
	})
}

// Recall lists what is remembered of a group. The stream's leader answers, message by message: others may not have yet what
// was written just before.
func (m *Medium) Recall(ctx context.Context, group string) iter.Seq2[cluster.Memo, error] {
	return func(yield func(cluster.Memo, error) bool) {
		ctx, done, err := m.q.begin(ctx)
		if err != nil {
			yield(cluster.Memo{}, err)
			return
		}
		defer done()
		var list []cluster.Memo
		err = m.q.persist(ctx, "recall group "+group, func(ctx context.Context) (err error) {
			list, err = m.q.recall(ctx, group)
			return m.q.absent(ctx, "KV_"+memoryBucket, err)
		})
		if err != nil {
			yield(cluster.Memo{}, err)
			return
		}
		for _, memo := range list {
			if !yield(memo, nil) {
				return
			}
		}
	}
}

func (q *Queue) recall(ctx context.Context, group string) ([]cluster.Memo, error) {
	s, err := q.js.Stream(ctx, "KV_"+memoryBucket)
	if err != nil {
		return nil, err
	}
	now := s.CachedInfo().TimeStamp // by the same clock as the messages' times
	prefix := key(memoryBucket, group+".")
	latest := map[string]cluster.Memo{} // one that is written while we read comes twice
	for next := uint64(1); ; {
		msg, err := s.GetMsg(ctx, next, jetstream.WithGetMsgSubject(prefix+"*"))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return slices.Collect(maps.Values(latest)), nil
		}
		if err != nil {
			return nil, err
		}
		next = msg.Sequence + 1
		name := strings.TrimPrefix(msg.Subject, prefix)
		delete(latest, name)
		ttl, err := time.ParseDuration(msg.Header.Get(jetstream.MsgTTLHeader))
		left := msg.Time.Add(ttl).Sub(now)
		if err != nil || deleted(msg.Header) || left <= 0 {
			continue
		}
		latest[name] = cluster.Memo{Name: name, Value: msg.Data, Left: min(left, ttl)}
	}
}
