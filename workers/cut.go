package workers

import (
	"context"

	"pairmill/schemas"
	"pairmill/store/ledger"
)

// cut rolls a generation's scans up: it counts their rows and says which rows make which shard, without moving any.
func (h *Handlers) cut(ctx context.Context, job schemas.Job, tx *ledger.Tx) error {
	run, err := h.runs.Get(ctx, job)
	if err != nil {
		return err
	}
	light, heavy, err := h.scanned(ctx, job, tx.Counts())
	if err != nil {
		return err
	}
	size := int64(run.Spec.Fetch.PartRows)
	shards := spread(cutRows(light, size), cutRows(heavy, size))
	first, groups, err := fetchPlanned(ctx, tx, job.Generation)
	if err != nil {
		return err
	}
	parts := make([]schemas.Object, 0, len(shards))
	names := make([]string, 0, len(shards))
	for i, s := range shards {
		s.Shard = first + i
		name := schemas.PartName(s.Shard)
		o, err := putJSON(ctx, tx, "parts/fetch/"+job.Group+"/"+name+".json", s, schemas.Object{Role: schemas.RolePart, Rows: s.Rows})
		if err != nil {
			return err
		}
		parts, names = append(parts, o), append(names, name)
	}
	if groups, err = h.planFetch(ctx, tx, parts, names, groups); err != nil {
		return err
	}
	return ledger.PlanEnd(ctx, tx, groups)
}

// scanned returns the rows of all scans, in their order: those of most hosts, and those of each heavy host together.
func (h *Handlers) scanned(ctx context.Context, job schemas.Job, counts *schemas.Counts) (light, heavy []piece, err error) {
	hosts := map[int][]piece{}
	last := -1
	for rec, err := range ledger.Group(ctx, h.deps.Store, job.Run, schemas.TaskScan, job.Group) {
		if err != nil {
			return nil, nil, err
		}
		for _, o := range rec.Of(schemas.RoleCandidates) {
			if o.For == "" {
				light = append(light, piece{o.Key, 0, o.Rows})
			}
		}
		for _, o := range rec.Of(schemas.RoleSurvey) {
			var s survey
			if err := ledger.ReadJSON(ctx, h.deps.Store, o.Key, &s); err != nil {
				return nil, nil, err
			}
			at := int64(0)
			for _, x := range s.Hosts {
				hosts[x.Host] = append(hosts[x.Host], piece{o.For, at, x.Rows})
				at, last = at+x.Rows, max(last, x.Host)
			}
		}
	}
	for i := range last + 1 {
		heavy = append(heavy, hosts[i]...)
	}
	return light, heavy, nil
}

// cutRows cuts a sequence of pieces into parts of size rows; the last may be shorter.
func cutRows(pieces []piece, size int64) []cutPart {
	var parts []cutPart
	var part cutPart
	for _, p := range pieces {
		for p.Rows > 0 {
			n := min(p.Rows, size-part.Rows)
			part.Pieces = append(part.Pieces, piece{p.Key, p.From, n})
			part.Rows += n
			p.From, p.Rows = p.From+n, p.Rows-n
			if part.Rows == size {
				parts, part = append(parts, part), cutPart{}
			}
		}
	}
	if part.Rows > 0 {
		parts = append(parts, part)
	}
	return parts
}

// spread deals the parts of heavy hosts evenly among the others, so that slow ones run beside fast ones from the start.
func spread(light, heavy []cutPart) []cutPart {
	all := make([]cutPart, 0, len(light)+len(heavy))
	for i, h := range heavy {
		upTo := i * len(light) / len(heavy)
		all = append(all, light[len(all)-i:upTo]...)
		all = append(all, h)
	}
	return append(all, light[len(all)-len(heavy):]...)
}
