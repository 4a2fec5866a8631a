package control

import (
	"cmp"
	"context"
	"errors"
	"path"
	"strings"
	"time"

	"pairmill/control/api"
	"pairmill/internal/specfile"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
)

// Submit makes a run of a spec, once: the same spec is the same run. Of two that submit it at the same time one creates it.
func (c *Control) Submit(ctx context.Context, s api.Submission) (api.Submitted, error) {
	spec, err := readSpec(s.Spec)
	if err != nil {
		return api.Submitted{}, err
	}
	weight := cmp.Or(s.Weight, 1)
	if err := errors.Join(checkWeight(weight), checkLimits(s.Limits)); err != nil {
		return api.Submitted{}, err
	}
	run := cmp.Or(s.Name, specfile.RunName(spec, []byte(s.Spec), s.Since))
	return c.submit(ctx, run, spec, s.Spec, s.Since, schemas.Control{Weight: weight, By: s.By, Limits: s.Limits.Recorded()})
}

// readSpec reads a spec that workers on other machines shall work on.
func readSpec(text string) (schemas.Spec, error) {
	spec, err := specfile.Parse("spec", []byte(text))
	if err == nil {
		err = shareable(spec)
	}
	if err != nil {
		return spec, invalid("%v", err)
	}
	return spec, nil
}

// shareable refuses paths that mean something else to each process that reads them.
func shareable(spec schemas.Spec) error {
	if spec.Source.List != nil {
		for _, input := range spec.Source.List.Inputs {
			if !strings.Contains(input, "://") && !path.IsAbs(input) {
				return invalid("source.list.inputs: %q depends on the folder of the process that reads it: want an absolute path that every worker can read, or s3://bucket/key", input)
			}
		}
	}
	if m := spec.Embed.Model; m != "" && m != "builtin" && !path.IsAbs(m) && spec.Deliver == nil {
		return invalid("embed.model: %q depends on the folder of the process that reads it: want builtin, or the absolute path of a folder that every worker has", m)
	}
	return nil
}

// submit puts the spec first, and which run this one is since, then the decision: a run without a spec could not be looked at.
func (c *Control) submit(ctx context.Context, run string, spec schemas.Spec, text, since string, first schemas.Control) (api.Submitted, error) {
	out := api.Submitted{Run: run}
	if !schemas.ValidName(run) {
		return out, invalid("run name %q: want 1 to 64 of a-z, 0-9 and inner hyphens", run)
	}
	if err := c.putSpec(ctx, run, spec, text); err != nil {
		return out, err
	}
	if err := c.putSince(ctx, run, spec, since); err != nil {
		return out, err
	}
	all, err := c.runs.append(ctx, run, func(all []schemas.Control, number int) (*schemas.Control, error) {
		if out.Created = schemas.Stand(all).Submitted.IsZero(); !out.Created {
			return nil, nil
		}
		d := first
		d.Version, d.Number, d.Action, d.Time, d.By = schemas.Version, number, schemas.ActionSubmit, time.Now().UTC(), signed(first.By)
		return &d, nil
	})
	if err != nil {
		return out, err
	}
	if out.Created {
		c.logDecision(run, all[len(all)-1])
	}
	out.State = schemas.Stand(all).State
	c.lookNow()
	return out, nil
}

// putSpec writes the spec as the run's, which it stays. What it claims for the run it claims before, but not for a run of
// another spec.
func (c *Control) putSpec(ctx context.Context, run string, spec schemas.Spec, text string) error {
	there, err := store.ReadAll(ctx, c.cfg.Store, store.SpecKey(run), specfile.MaxSize)
	switch {
	case err == nil && string(there) != text:
		err = store.ErrConflict
	case err == nil || errors.Is(err, store.ErrNotExist):
		if err = nil; spec.Deliver.Writes() {
			err = c.claimTop(ctx, run)
		}
		if err == nil {
			_, err = c.cfg.Store.Put(ctx, store.SpecKey(run), store.Bytes([]byte(text)))
		}
	}
	if errors.Is(err, store.ErrConflict) {
		return conflict("there is a run %s of another spec: choose another name", run)
	}
	return err
}

// topClaim says which run delivers its shards at the top of the store.
type topClaim struct {
	Version int    `json:"v"`
	Run     string `json:"run"`
}

const topClaimKey = "state/delivery.json"

// claimTop gives the top of the store to a run. Two runs that deliver there would write shards of the same names.
func (c *Control) claimTop(ctx context.Context, run string) error {
	blob, err := ledger.JSON(topClaim{schemas.Version, run})
	if err != nil {
		return err
	}
	if err := c.emptyTop(ctx, run); err != nil {
		return err
	}
	_, err = c.cfg.Store.Put(ctx, topClaimKey, blob)
	if !errors.Is(err, store.ErrConflict) {
		return err
	}
	var other topClaim
	if err := ledger.ReadJSON(ctx, c.cfg.Store, topClaimKey, &other); err != nil {
		return err
	}
	return conflict("run %s delivers its shards at the top of this store already: give this one a store of its own, or resume or retry that one", other.Run)
}

// emptyTop refuses a store at the top of which shards stand that no run of the cluster has claimed; their names begin with a
// zero. Those of the run itself, which was begun without a cluster, are no hindrance.
func (c *Control) emptyTop(ctx context.Context, run string) error {
	for _, key := range []string{topClaimKey, store.SpecKey(run)} {
		if there, err := ledger.Exists(ctx, c.cfg.Store, key); there || err != nil {
			return err
		}
	}
	for info, err := range c.cfg.Store.List(ctx, "0") {
		if err != nil {
			return err
		}
		return conflict("this store holds %s, which no run of this cluster made: give this run a store of its own", info.Key)
	}
	return nil
}
