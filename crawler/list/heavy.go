package list

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"pairmill/fetch"
	"pairmill/schemas"
)

// sampleRows is how many rows are looked at for heavy hosts. A host of 1 % of a list is then seen 2,000 times.
const sampleRows = 200_000

// maxHeavy bounds Plan.Heavy.
const maxHeavy = 1_000

// sample finds the heavy hosts. A list of at most sampleRows is read whole; of a longer one, as many rows from the
// beginning of each range. A host is heavy when an average range is expected to hold at least half a part of it:
// then every job that reads a range can fill parts with it alone, and a part shared by others has less of it than that.
// That makes at most twice as many heavy hosts as a range has parts, and never more than 1,000: those with most rows.
func (r *Reader) sample(ctx context.Context, p *Plan, partRows int) error {
	if r.cfg.Order == schemas.OrderInput || partRows <= 0 {
		return nil
	}
	whole := p.Rows <= sampleRows
	quota := int64(sampleRows/len(p.Ranges) + 1)
	hosts := map[string]int64{}
	for i := range p.Ranges {
		n := int64(0)
		err := r.rows(ctx, p, i, r.columns[len(r.columns)-1:], func(row []any) error {
			if !whole && n == quota {
				return errStopped
			}
			n++
			raw, _ := row[0].(string)
			hosts[fetch.HostKey(normalURL(raw))]++
			return nil
		})
		if err != nil && err != errStopped {
			return err
		}
		p.Sampled += n
	}
	if whole {
		p.Rows, p.Exact = p.Sampled, true
	}
	p.Heavy = heaviest(hosts, p, partRows)
	return nil
}

func heaviest(hosts map[string]int64, p *Plan, partRows int) []string {
	delete(hosts, "") // no URLs: nothing is requested
	perSampled := float64(p.Rows) / float64(max(p.Sampled, 1)) / float64(len(p.Ranges))
	names := slices.DeleteFunc(slices.Collect(maps.Keys(hosts)), func(host string) bool {
		return 2*float64(hosts[host])*perSampled < float64(partRows)
	})
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(hosts[b], hosts[a]), cmp.Compare(a, b))
	})
	names = names[:min(len(names), maxHeavy)]
	if len(names) == 0 {
		return nil
	}
	slices.Sort(names)
	return names
}
