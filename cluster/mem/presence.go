package mem

import (
	"context"
	"time"

	"pairmill/cluster"
)

// member is what a peer said of itself last.
type member struct {
	peer *Peer
	body []byte
	ends time.Time
}

// Announce shows a member until ctx ends or Close.
func (p *Peer) Announce(ctx context.Context, tell func() cluster.Member) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(p.life, cancel)()
	every := time.NewTicker(cluster.PresenceEvery)
	defer every.Stop()
	for {
		m := tell()
		body, err := m.Encode()
		if err != nil {
			return err
		}
		_ = p.do(ctx, func(now time.Time) { // its error is that ctx has ended
			p.m.members[m.ID] = member{p, body, now.Add(cluster.PresenceTTL)}
		})
		select {
		case <-every.C:
		case <-ctx.Done():
			p.leave(m.ID)
			return nil
		}
	}
}

func (p *Peer) leave(id string) {
	p.m.mu.Lock()
	defer p.m.mu.Unlock()
	if p.m.members[id].peer == p && !p.cut {
		delete(p.m.members, id)
	}
}

// leave takes a peer's members out. The caller holds mu.
func (m *Medium) leave(p *Peer) {
	for id, who := range m.members {
		if who.peer == p {
			delete(m.members, id)
		}
	}
}

// Members lists who is there.
func (p *Peer) Members(ctx context.Context) ([]cluster.Member, error) {
	var list []cluster.Member
	var failed error
	err := p.do(ctx, func(now time.Time) {
		for id, who := range p.m.members {
			if !who.ends.After(now) {
				delete(p.m.members, id)
				continue
			}
			m, err := cluster.DecodeMember(who.body)
			if err != nil {
				failed = err
			}
			list = append(list, m)
		}
	})
	if err == nil {
		err = failed
	}
	cluster.SortMembers(list)
	return list, err
}
