package ledger

import (
	"context"
	"fmt"

	"pairmill/schemas"
	"pairmill/store"
)

// PutGeneration records that a run makes a further pass. It must stand before the pass's plan is queued, and the pass
// before it must have ended. A pass with the same number and other content is store.ErrConflict.
func PutGeneration(ctx context.Context, s store.Store, run string, g schemas.Generation) error {
	blob, err := JSON(g)
	if err != nil {
		return err
	}
	if _, err := s.Put(ctx, store.GenerationKey(run, g.Number), blob); err != nil {
		return fmt.Errorf("record generation %d of %s: %w", g.Number, run, err)
	}
	return nil
}

// Generations returns a run's passes by number. The first is there without a record: it takes everything.
func Generations(ctx context.Context, s store.Store, run string) (schemas.Generations, error) {
	all := schemas.Generations{{Version: schemas.Version, To: 1}}
	for info, err := range s.List(ctx, store.GenerationPrefix(run)) {
		if err != nil {
			return nil, err
		}
		var g schemas.Generation
		if err := ReadJSON(ctx, s, info.Key, &g); err != nil {
			return nil, err
		}
		switch g.Number {
		case 0:
			all[0] = g
		case len(all):
			all = append(all, g)
		default:
			return nil, fmt.Errorf("%s has number %d: %d generations stand before it", info.Key, g.Number, len(all))
		}
	}
	return all, nil
}
