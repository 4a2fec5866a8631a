package mem

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"pairmill/cluster"
	"pairmill/schemas"
)

type memoKey struct{ group, name string }

type memo struct {
	value []byte
	ends  time.Time
}

// Remember keeps a value for a while.
func (p *Peer) Remember(ctx context.Context, group, name string, value []byte, ttl time.Duration) error {
	if !schemas.ValidName(group) || !schemas.ValidName(name) {
		return fmt.Errorf("memo %q of group %q: want 1 to 64 of a-z, 0-9 and inner hyphens", name, group)
	}
	if len(value) > cluster.MaxMemo {
		return fmt.Errorf("memo %s of group %s: a value of %d bytes: the limit is %d", name, group, len(value), cluster.MaxMemo)
	}
	return p.do(ctx, func(now time.Time) {
		p.m.memos[memoKey{group, name}] = memo{slices.Clone(value), now.Add(ttl)}
	})
}

// Recall lists what is remembered of a group.
func (p *Peer) Recall(ctx context.Context, group string) iter.Seq2[cluster.Memo, error] {
	return func(yield func(cluster.Memo, error) bool) {
		var list []cluster.Memo
		err := p.do(ctx, func(now time.Time) { list = p.m.recall(group, now) })
		if err != nil {
			yield(cluster.Memo{}, err)
			return
		}
		for _, m := range list {
			if !yield(m, nil) {
				return
			}
		}
	}
}

// recall forgets what has run out and lists what is left of a group. The caller holds mu.
func (m *Medium) recall(group string, now time.Time) []cluster.Memo {
	var list []cluster.Memo
	for key, memo := range m.memos {
		switch left := memo.ends.Sub(now); {
		case left <= 0:
			delete(m.memos, key)
		case key.group == group:
			list = append(list, cluster.Memo{Name: key.name, Value: slices.Clone(memo.value), Left: left})
		}
	}
	return list
}
