package nats

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	natsio "github.com/nats-io/nats.go"

	"pairmill/cluster"
)

// Announce shows a member until ctx ends or Close. What cannot be shown is logged, and shown the next time.
func (m *Medium) Announce(ctx context.Context, tell func() cluster.Member) error {
	life, done, err := m.q.begin(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	defer done()
	every := time.NewTicker(cluster.PresenceEvery)
	defer every.Stop()
	for {
		who := tell()
		body, err := who.Encode()
		if err != nil {
			return err
		}
		msg := &natsio.Msg{Subject: key(memberBucket, who.ID), Data: body, Header: natsio.Header{}}
		if err := m.show(life, msg); err != nil && life.Err() == nil {
			m.q.log.warn("nats", fmt.Errorf("show member %s: %w", who.ID, err))
		}
		select {
		case <-every.C:
		case <-life.Done():
			return m.leave(who.ID)
		}
	}
}

func (m *Medium) show(ctx context.Context, msg *natsio.Msg) error {
	ctx, cancel := context.WithTimeout(ctx, cluster.PresenceEvery)
	defer cancel()
	return m.q.making(ctx, func(ctx context.Context) error {
		_, err := m.q.store(ctx, msg)
		return err
	})
}

// leave says goodbye. Who cannot say it is gone soon all the same.
func (m *Medium) leave(id string) error {
	msg := &natsio.Msg{Subject: key(memberBucket, id), Header: natsio.Header{"KV-Operation": {"DEL"}}}
	if err := m.show(context.Background(), msg); err != nil {
		m.q.log.warn("nats", fmt.Errorf("take out member %s, which is gone in %v: %w", id, cluster.PresenceTTL, err))
	}
	return nil
}

// Members lists who is there. What is no member, because another program or version wrote it, is left out and logged.
func (m *Medium) Members(ctx context.Context) ([]cluster.Member, error) {
	ctx, done, err := m.q.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	latest := map[string]cluster.Member{} // by subject: one that is shown anew while we read comes twice
	for msg, err := range m.q.read(ctx, "KV_"+memberBucket, key(memberBucket, "*"), 0) {
		if err != nil {
			return nil, fmt.Errorf("list members: %w", err)
		}
		delete(latest, msg.Subject)
		if deleted(msg.Header) {
			continue
		}
		if latest[msg.Subject], err = cluster.DecodeMember(msg.Data); err != nil {
			delete(latest, msg.Subject)
			m.q.log.warn("nats", fmt.Errorf("%s holds %w", msg.Subject, err))
		}
	}
	list := slices.Collect(maps.Values(latest))
	cluster.SortMembers(list)
	return list, nil
}
