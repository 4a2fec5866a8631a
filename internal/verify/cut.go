package verify

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"pairmill/schemas"
	"pairmill/store"
)

// cutting is the check of one cut: its parts hold every row of its generation's scans once.
type cutting struct {
	*jobs
	rec    schemas.Commit
	tables map[string]*scanTable
	sound  bool         // every part was read
	size   int64        // rows of a part that is full; 0 = not known
	short  map[bool]int // parts that are not, of heavy hosts and of the others

	first    int  // number of the first part
	numbered bool // first is known
}

// scanTable is a scan's table, and the pieces of it that parts have.
type scanTable struct {
	rows  int64
	heavy bool
	taken []piece
}

// cut checks the parts that a generation's rows were cut into.
func (j *jobs) cut(ctx context.Context, rec schemas.Commit) {
	x := cutting{jobs: j, rec: rec, tables: map[string]*scanTable{}, sound: true, short: map[bool]int{}}
	if f, ok := j.set.fetch(rec.Job.Generation); ok {
		x.size = int64(f.PartRows)
	}
	x.scans(ctx)
	x.first, x.numbered = j.shardsBefore(ctx, rec.Job.Generation)
	for i, o := range rec.Of(schemas.RolePart) {
		part, ok := canonical[cutPart](ctx, j.c, o.Key)
		if !ok || j.c.broken[o.Key] {
			x.sound = false
			continue
		}
		x.part(o, x.first+i, part)
	}
	x.covered()
	x.planned(ctx)
	j.c.counts(ctx, rec, schemas.Counts{})
}

// scans finds the tables of the generation's scans.
func (x *cutting) scans(ctx context.Context) {
	prefix := store.CommitPrefix(x.run, schemas.StagePlan, x.rec.Job.Group) + string(schemas.TaskScan) + "-"
	for info, err := range x.c.store.List(ctx, prefix) {
		if err != nil {
			x.c.fail(err)
			return
		}
		rec, _, err := readCanonical[schemas.Commit](ctx, x.c, info.Key)
		if err != nil || x.c.broken[info.Key] {
			x.sound = false
		}
		for _, o := range rec.Of(schemas.RoleCandidates) {
			x.tables[o.Key] = &scanTable{rows: o.Rows, heavy: o.For == heavyTable}
		}
	}
}

// shardsBefore counts the shards of the generations before one; ok is false when their cuts do not tell.
func (j *jobs) shardsBefore(ctx context.Context, generation int) (n int, ok bool) {
	if j.set.spec != nil && j.set.spec.Source.Web != nil && generation > 0 {
		return j.plannedBefore(ctx, generation)
	}
	for g := range generation {
		plan := schemas.NewJob(j.run, schemas.TaskPlan, schemas.GroupAll, schemas.GroupAll, "")
		plan.Generation = g
		cut := plan.Follow(schemas.TaskCut, schemas.GenerationName(g), schemas.GroupAll, "")
		for _, job := range []schemas.Job{plan, cut} { // the plan of shards that are there needs no cut
			key := store.CommitKey(job)
			rec, _, err := readCanonical[schemas.Commit](ctx, j.c, key)
			if err != nil && j.c.exists(ctx, key) || j.c.broken[key] {
				return 0, false
			}
			n += len(rec.Of(schemas.RolePart))
		}
	}
	return n, true
}

// plannedBefore counts them by the plans of fetch groups, which a crawl makes epoch by epoch.
func (j *jobs) plannedBefore(ctx context.Context, generation int) (n int, ok bool) {
	name := "end"
	if generation > 1 {
		name += "-" + schemas.GenerationName(generation-1)
	}
	var end schemas.Group
	if key := groupKey(j.run, schemas.TaskFetch, name); j.c.broken[key] || j.c.readJSON(ctx, key, &end) != nil {
		return 0, false
	}
	for i := range end.Size {
		var g schemas.Group
		if key := groupKey(j.run, schemas.TaskFetch, schemas.GroupName(i)); j.c.broken[key] || j.c.readJSON(ctx, key, &g) != nil {
			return 0, false
		}
		n += g.Size
	}
	return n, true
}

// part checks one part.
func (x *cutting) part(o schemas.Object, shard int, part cutPart) {
	c, p := x.c, whole(o.Key)
	if x.numbered {
		equal(c, p, Key, "shard", shard, part.Shard)
	}
	equal(c, p, Rows, "rows", o.Rows, part.Rows)
	if name := "/" + schemas.PartName(part.Shard) + "."; !strings.Contains(o.Key, name) {
		c.reportAt(p, Record, "shard", "a part of "+o.Key, part.Shard)
	}
	n, heavy := int64(0), false
	for i, piece := range part.Pieces {
		n += piece.Rows
		t := x.tables[piece.Key]
		if t == nil {
			if x.sound {
				c.reportAt(p, Record, fmt.Sprintf("pieces.%d", i), "a table of the generation's scans", piece.Key)
			}
			continue
		}
		if i > 0 && heavy != t.heavy {
			c.reportAt(p, Order, fmt.Sprintf("pieces.%d", i), "hosts of one kind", piece.Key)
		}
		heavy, t.taken = t.heavy, append(t.taken, piece)
	}
	equal(c, p, Rows, "rows of its pieces", part.Rows, n)
	if x.sound {
		x.full(p, part.Rows, heavy)
	}
}

// full checks that parts are equal, but for the last of heavy hosts and the last of the others.
func (x *cutting) full(p at, rows int64, heavy bool) {
	if x.size == 0 || rows == x.size {
		return
	}
	if x.short[heavy]++; rows > x.size || rows <= 0 || x.short[heavy] > 1 {
		x.c.reportAt(p, Order, "rows", x.size, rows)
	}
}

// covered checks that the pieces of each table are all of its rows, each once.
func (x *cutting) covered() {
	if !x.sound || x.c.gaps {
		return
	}
	for _, key := range sortedKeys(x.tables) {
		t, next := x.tables[key], int64(0)
		slices.SortFunc(t.taken, func(a, b piece) int { return cmp.Compare(a.From, b.From) })
		for _, piece := range t.taken {
			if piece.From != next || piece.Rows <= 0 {
				x.c.reportAt(whole(x.c.by), State, "rows of "+key, fmt.Sprintf("from %d", next), fmt.Sprintf("%d from %d", piece.Rows, piece.From))
			}
			next = piece.From + piece.Rows
		}
		if next != t.rows {
			x.c.reportAt(whole(x.c.by), State, "rows of "+key, t.rows, next)
		}
	}
}

// planned checks that each part is the input of one fetch in the plans of groups, in order. The fetches are let in by those
// before them, so the record names none.
func (x *cutting) planned(ctx context.Context) {
	var names, inputs []string
	for _, o := range x.rec.Of(schemas.RoleGroup) {
		g, _, err := readCanonical[schemas.Group](ctx, x.c, o.Key)
		if err != nil || x.c.broken[o.Key] {
			return
		}
		names, inputs = append(names, g.Jobs...), append(inputs, g.Inputs...)
	}
	parts := x.rec.Of(schemas.RolePart)
	equal(x.c, whole(x.c.by), Plan, "jobs", len(parts), len(names))
	equal(x.c, whole(x.c.by), Plan, "next", 0, len(x.rec.Next))
	for i := range min(len(parts), len(names), len(inputs)) {
		equal(x.c, whole(x.c.by), Plan, fmt.Sprintf("inputs.%d", i), parts[i].Key, inputs[i])
		if x.numbered {
			equal(x.c, whole(x.c.by), Plan, fmt.Sprintf("jobs.%d", i), schemas.PartName(x.first+i), names[i])
		}
	}
}
