package pace

import (
	"context"
)

// look sees how many owners there are, and moves towards an equal share.
func (o *Owner) look(ctx context.Context) error {
	looking, cancel := context.WithTimeout(ctx, ownerTTL)
	defer cancel()
	if err := o.m.Remember(looking, ownersGroup, o.cfg.ID, nil, ownerTTL); err != nil {
		return err
	}
	owners := 0
	for _, err := range o.m.Recall(looking, ownersGroup) {
		if err != nil {
			return err
		}
		owners++
	}
	share := (Partitions + owners - 1) / max(owners, 1)
	if err := o.findOrphans(looking); err != nil {
		return err
	}
	o.strive(ctx, share)
	return nil
}

// findOrphans counts for how long each partition has had no owner.
func (o *Owner) findOrphans(ctx context.Context) error {
	for n := range Partitions {
		if o.owns(n) {
			continue
		}
		_, owned, err := o.m.Holder(ctx, deskName(n))
		if err != nil {
			return err
		}
		o.mu.Lock()
		if owned {
			o.orphan[n] = 0
		} else {
			o.orphan[n]++
		}
		o.mu.Unlock()
	}
	return nil
}

func (o *Owner) owns(n int) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.owned[n] != nil
}

// strive asks for more partitions below the share, and gives one back above it: one at a time, because each move costs its
// hosts a pause.
func (o *Owner) strive(ctx context.Context, share int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.owned) <= share {
		o.above = 0
	} else if o.above++; o.above > 1 {
		for _, end := range o.owned {
			end()
			break
		}
	}
	for n := range Partitions {
		_, mine := o.owned[n]
		_, asked := o.asking[n]
		switch wanted := len(o.owned) < share || o.orphan[n] >= orphanAfter; {
		case mine:
		case wanted && !asked:
			asking, end := context.WithCancel(ctx)
			o.asking[n] = end
			o.desks.Go(func() { o.ask(asking, ctx, n) })
		case !wanted && asked:
			o.asking[n]()
		}
	}
}
