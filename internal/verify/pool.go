package verify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"pairmill/internal/extsort"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/npy"
	"pairmill/store/table"
)

// poolCheck is what the plan of a run says of a pool, and what is found out about it on the way.
type poolCheck struct {
	Files []struct {
		Table  string `json:"table"`
		Size   int64  `json:"size"`
		Rows   int64  `json:"rows"`
		Arrays string `json:"arrays"`
		Bytes  int64  `json:"bytes"`
	} `json:"files"`
	Columns  []schemas.Column `json:"columns"`
	Features []struct {
		Name string `json:"name"`
	} `json:"features"`
	Listed []schemas.Column `json:"listed"` // of Row.Listed

	sum      schemas.Hash // of the object that says so
	unjoined *extsort.Sorter[unjoined]
	missing  int64
	read     map[string]bool // arrays that were held against their checksum, as file/array
}

// unjoined is a kept row of which the run says that the pool does not have it.
type unjoined struct {
	UID    string `parquet:"uid"`
	Object string `parquet:"object"`
	Row    int64  `parquet:"row"`
	ID     string `parquet:"id"`
}

// readPool reads what the plan says of the run's pool. A changed object has been reported.
func (j *jobs) readPool(ctx context.Context) *poolCheck {
	plan := schemas.NewJob(j.run, schemas.TaskPlan, schemas.GroupAll, schemas.GroupAll, "")
	rec, _, err := readCanonical[schemas.Commit](ctx, j.c, store.CommitKey(plan))
	of := rec.Of(schemas.RolePool)
	if err != nil || len(of) == 0 || j.c.broken[of[0].Key] {
		return nil
	}
	p := &poolCheck{sum: of[0].SHA256, read: map[string]bool{}}
	if j.c.readJSON(ctx, of[0].Key, p) != nil {
		return nil
	}
	p.unjoined = sorter(j.c, func(a, b unjoined) int {
		return cmp.Or(cmp.Compare(a.UID, b.UID), cmp.Compare(a.Object, b.Object), cmp.Compare(a.Row, b.Row))
	})
	return p
}

func (p *poolCheck) close() { p.unjoined.Close() }

// fromPool returns what the run takes from its pool instead of computing it.
func (j *jobs) fromPool() (name string, ok bool) {
	if j.set.spec == nil || j.set.spec.Deliver != nil {
		return "", false
	}
	return j.set.spec.Embed.FromPool()
}

// poolLine is a line of the table that joins a shard with the pool.
type poolLine struct {
	at
	row    int64 // of the shard's table
	uid    string
	file   int
	line   int64
	values []any
}

// lines holds a shard's lines in the pool against the shard's table and against the pool.
func (j *jobs) lines(ctx context.Context, rec schemas.Commit, s runShard) error {
	p, c := j.pool, j.c
	if p == nil {
		return nil
	}
	of := rec.Of(schemas.RoleLines)
	if len(of) > 1 {
		c.reportAt(whole(c.by), Record, "objects", "one table of lines", len(of))
		return nil
	}
	seen := make([]bool, len(s.rows))
	var lines []poolLine
	for _, o := range of {
		var ok bool
		equal(c, whole(c.by), Record, "for", p.sum.String(), o.For)
		if lines, ok = p.readLines(ctx, c, o); !ok {
			return nil
		}
		c.declared(o, int64(len(lines)))
	}
	last := int64(-1)
	for _, l := range lines {
		if l.row <= last {
			c.reportAt(l.at, Order, "row", fmt.Sprintf("after %d", last), l.row)
		}
		if last = l.row; l.row < 0 || l.row >= int64(len(s.rows)) || !s.rows[l.row].Kept() {
			c.reportAt(l.at, Field, "row", "a kept row of "+s.table.Key, l.row)
			continue
		}
		seen[l.row] = true
		q, r := s.at(int(l.row)), &s.rows[l.row]
		agree(c, q, l.at, Field, "id", r.ID, l.key)
		agree(c, q, l.at, Field, "uid", p.uid(r), l.uid)
	}
	p.hold(ctx, c, lines)
	if len(of) > 0 && c.broken[of[0].Key] {
		return nil // what is not there proves nothing
	}
	return j.without(s, seen)
}

// without notes the kept rows that have no line, which a run that lives on the pool does not have.
func (j *jobs) without(s runShard, seen []bool) error {
	_, taken := j.fromPool()
	for i := range s.rows {
		r := &s.rows[i]
		if !r.Kept() || seen[i] {
			continue
		}
		if taken {
			j.c.reportAt(s.at(i), State, "", "a line in the pool", "none")
			continue
		}
		if uid := j.pool.uid(r); uid != "" {
			j.pool.missing++
			if err := j.pool.unjoined.Add(unjoined{uid, s.table.Key, int64(i), r.ID}, int64(100+len(uid))); err != nil {
				return err
			}
		}
	}
	return nil
}

// uid is a row's; empty without one.
func (p *poolCheck) uid(r *schemas.Row) string {
	values, err := schemas.DecodeListed(p.Listed, r.Listed)
	i := slices.IndexFunc(p.Listed, func(c schemas.Column) bool { return c.Name == "uid" })
	if err != nil || i < 0 || values[i] == nil {
		return ""
	}
	return fmt.Sprint(values[i])
}

// readLines reads a table of lines; ok is false when it does not read to its end, which is reported once.
func (p *poolCheck) readLines(ctx context.Context, c *checker, o schemas.Object) (lines []poolLine, ok bool) {
	if c.torn[o.Key] {
		return nil, false
	}
	in, err := c.store.Open(ctx, o.Key)
	if err != nil {
		return nil, false // it has been reported
	}
	defer in.Close()
	t, err := table.OpenValues(in, in.Info().Size, o.Key)
	if err != nil {
		c.unreadable(ctx, whole(o.Key), placeIn(err), err)
		return nil, false
	}
	columns := append([]string{"id", "row", "uid", "file", "line"}, names(p.Columns)...)
	for v, err := range t.Range(ctx, 0, t.Rows(), columns...) {
		place := at{o.Key, int64(len(lines)), ""}
		if err != nil {
			c.unreadable(ctx, place, placeIn(err), err)
			return nil, false
		}
		id, ok1 := v[0].(string)
		row, ok2 := v[1].(int32)
		uid, ok3 := v[2].(string)
		file, ok4 := v[3].(int32)
		line, ok5 := v[4].(int64)
		place.key = id
		if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || file < 0 || int(file) >= len(p.Files) || line < 0 || line >= p.Files[file].Rows {
			c.reportAt(place, Field, "row, file, line", "a row of the shard and of the pool", fmt.Sprint(v[1:5]...))
			c.torn[o.Key] = true
			return nil, false
		}
		lines = append(lines, poolLine{place, int64(row), uid, int(file), line, v[5:]})
	}
	return lines, true
}

// hold holds lines against the pool's tables.
func (p *poolCheck) hold(ctx context.Context, c *checker, lines []poolLine) {
	for file, some := range p.byFile(lines) {
		f := &p.Files[file]
		t, done := p.open(ctx, c, file)
		if t == nil {
			continue
		}
		row := some[0].line
		for v, err := range t.Range(ctx, row, some[len(some)-1].line+1, append([]string{"uid"}, names(p.Columns)...)...) {
			if err != nil {
				c.damaged(ctx, at{f.Table, row, ""}, placeIn(err), err)
				break
			}
			for len(some) > 0 && some[0].line == row {
				l, q := some[0], at{f.Table, row, some[0].uid}
				agree(c, l.at, q, Field, "uid", l.uid, textOf(v[0]))
				for i, column := range p.Columns {
					agree(c, l.at, q, Field, column.Name, show(l.values[i]), show(v[i+1]))
				}
				some = some[1:]
			}
			row++
		}
		done()
	}
}

// textOf is a uid as text.
func textOf(v any) string {
	if b, ok := v.([]byte); ok {
		return string(b)
	}
	return show(v)
}

// byFile groups lines by the files that they are of, in the order of their places.
func (p *poolCheck) byFile(lines []poolLine) map[int][]poolLine {
	out := map[int][]poolLine{}
	for _, l := range lines {
		out[l.file] = append(out[l.file], l)
	}
	for _, some := range out {
		slices.SortFunc(some, func(a, b poolLine) int { return cmp.Compare(a.line, b.line) })
	}
	return out
}

// open opens a table of the pool, which must be the one that was planned; nil when it is not, which is reported.
func (p *poolCheck) open(ctx context.Context, c *checker, file int) (*table.ValuesReader, func()) {
	f := &p.Files[file]
	o, err := c.store.Open(ctx, f.Table)
	if err != nil {
		c.damaged(ctx, whole(f.Table), "", err)
		return nil, nil
	}
	t, err := table.OpenValues(o, o.Info().Size, f.Table)
	switch {
	case err != nil:
		c.damaged(ctx, whole(f.Table), placeIn(err), err)
	case o.Info().Size != f.Size:
		c.resized(f.Table, f.Size, o.Info().Size)
	case t.Rows() != f.Rows:
		equal(c, whole(f.Table), Rows, "rows of "+f.Table, f.Rows, t.Rows())
	default:
		return t, func() { o.Close() }
	}
	o.Close()
	return nil, nil
}

// damaged reports a file of the pool that does not open or read, once. The run has what it took from there.
func (c *checker) damaged(ctx context.Context, p at, place string, err error) {
	switch {
	case ctx.Err() != nil:
		c.fail(ctx.Err())
	case c.torn[p.object]:
	case errors.Is(err, store.ErrNotExist):
		c.reportAt(p, Missing, "", "a file of the run's pool", "")
	default:
		c.reportAt(p, Decode, place, "", err)
	}
	c.torn[p.object] = true
}

// resized reports a file of the pool that is not the one that was planned, once.
func (c *checker) resized(key string, want, got int64) {
	if !c.torn[key] {
		equal(c, whole(key), Size, "size of "+key, want, got)
	}
	c.torn[key] = true
}

// unpooledBatch is how many uids are looked for in one pass over the pool.
const unpooledBatch = 1 << 20

// unpooled looks for rows without a line in the whole pool: none may stand there. It reads the pool's uids once for each
// million of them.
func (j *jobs) unpooled(ctx context.Context) error {
	p := j.pool
	if p == nil || p.missing == 0 {
		return nil
	}
	batch := map[string]unjoined{}
	for u, err := range p.unjoined.Sorted(ctx) {
		if err != nil || j.c.err != nil {
			return err
		}
		if batch[u.UID] = u; len(batch) == unpooledBatch {
			p.lookFor(ctx, j.c, batch)
			clear(batch)
		}
	}
	p.lookFor(ctx, j.c, batch)
	return nil
}

func (p *poolCheck) lookFor(ctx context.Context, c *checker, batch map[string]unjoined) {
	for file := range p.Files {
		t, done := p.open(ctx, c, file)
		if t == nil {
			continue
		}
		row := int64(0)
		for v, err := range t.Range(ctx, 0, t.Rows(), "uid") {
			if err != nil {
				c.damaged(ctx, at{p.Files[file].Table, row, ""}, placeIn(err), err)
				break
			}
			if u, ok := batch[textOf(v[0])]; ok {
				c.reportAt(at{u.Object, u.Row, u.ID}, State, "", fmt.Sprintf("a line: %s, row %d", p.Files[file].Table, row), "none")
				delete(batch, u.UID)
			}
			row++
		}
		done()
	}
}

// arrayNames are a feature's arrays: of pictures, and of texts.
func arrayNames(feature string) []string { return []string{feature + "_img", feature + "_txt"} }

// checked holds an array against its checksum, once.
func (p *poolCheck) checked(ctx context.Context, c *checker, key string, a *npy.Array, name string) bool {
	if done, ok := p.read[key+"/"+name]; ok {
		return done
	}
	err := a.Check(ctx)
	if err != nil {
		c.damaged(ctx, whole(key), "array "+name, err)
	}
	p.read[key+"/"+name] = err == nil
	return err == nil
}

// isFeature tells whether a name is a pair of arrays, and not a column.
func (p *poolCheck) isFeature(name string) bool {
	for _, f := range p.Features {
		if f.Name == name {
			return true
		}
	}
	return false
}

// column is the index of a column; -1 where there is none.
func (p *poolCheck) column(name string) int {
	return slices.IndexFunc(p.Columns, func(c schemas.Column) bool { return c.Name == name })
}
