package control

import (
	"cmp"
	"context"
	"reflect"
	"slices"

	"pairmill/control/api"
	"pairmill/internal/specfile"
	"pairmill/schemas"
	"pairmill/store/ledger"
)

// Retry plans a further pass over the rows of a run that were dropped for some reasons, and lets the run go on. One that makes
// a dataset goes on to its next version.
func (c *Control) Retry(ctx context.Context, run string, want api.Retry) (api.Retried, error) {
	out := api.Retried{Run: run}
	reasons := slices.Compact(slices.Sorted(slices.Values(want.Reasons)))
	if len(reasons) == 0 {
		return out, invalid("no reasons: name some, such as timeout")
	}
	for _, r := range reasons {
		switch {
		case r.Class() == "":
			return out, invalid("reason %q is unknown: want some of %v", r, schemas.Reasons())
		case r.OfTheSet():
			return out, invalid("reason %s is decided over all samples together, and asking for a picture again does not change it", r)
		}
	}
	now, err := c.standing(ctx, run)
	if err != nil {
		return out, err
	}
	spec, err := c.handlers.Spec(ctx, run)
	if err != nil {
		return out, err
	}
	gens, err := ledger.Generations(ctx, c.cfg.Store, run)
	if err != nil {
		return out, err
	}
	last := gens[len(gens)-1]
	over, err := c.handlers.Over(ctx, run)
	planned := err == nil && !over && slices.Equal(last.Retry, reasons) // this request, when it was interrupted
	switch {
	case now.State != schemas.RunDone && !(planned && now.State == schemas.RunRunning):
		return out, conflict("run %s is %s: only what is done can be asked for again", run, now.State)
	case err != nil:
		return out, err
	case !over && !planned:
		return out, conflict("a retry of %s for %s was planned and not begun: ask for that one first", run, words(last.Retry))
	}
	counts, err := ledger.Sum(ctx, c.cfg.Store, run)
	if err != nil {
		return out, err
	}
	dropped := schemas.Summarize(run, counts).Dropped
	for _, r := range reasons {
		out.Rows += dropped[r]
	}
	if out.Generation = last.Number; !planned {
		if out.Rows == 0 {
			return out, conflict("no row of %s was dropped for any of: %s", run, words(reasons))
		}
		out.Generation = len(gens)
		next := schemas.Generation{Version: schemas.Version, Number: out.Generation, Retry: reasons, Fetch: manner(spec.Fetch, want.Manner)}
		if next.Fetch != nil {
			spec.Fetch = *next.Fetch
			if err := specfile.Validate(spec); err != nil {
				return out, invalid("%v", err)
			}
		}
		if err := ledger.PutGeneration(ctx, c.cfg.Store, run, next); err != nil {
			return out, err
		}
	}
	_, err = c.decide(ctx, run, want.By, func(now schemas.Standing) (*schemas.Control, error) {
		if now.State != schemas.RunDone {
			return nil, nil
		}
		return &schemas.Control{Action: schemas.ActionResume, Text: "retry of " + words(reasons)}, nil
	})
	return out, err
}

func words(reasons []schemas.Reason) string {
	text := ""
	for i, r := range reasons {
		if i > 0 {
			text += ", "
		}
		text += string(r)
	}
	return text
}

// manner is how the pass makes requests, if it differs from before.
func manner(before schemas.Fetch, m *api.Manner) *schemas.Fetch {
	if m == nil {
		return nil
	}
	f := before
	f.AllowPrivate = f.AllowPrivate || m.AllowPrivate
	f.Contact = cmp.Or(m.Contact, f.Contact)
	f.PerHost = cmp.Or(m.PerHost, f.PerHost)
	f.Tries = cmp.Or(m.Tries, f.Tries)
	f.Timeout = cmp.Or(m.Timeout, f.Timeout)
	if len(m.Hosts) > 0 {
		f.Hosts = m.Hosts
	}
	if reflect.DeepEqual(f, before) {
		return nil
	}
	return &f
}
