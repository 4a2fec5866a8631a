package verify

import (
	"context"
	"fmt"
	"slices"

	"pairmill/encoder"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/npy"
)

// takenRow is a row of a column of vectors, or of scores, that was taken from a pool.
type takenRow struct {
	at
	v schemas.VectorRow
}

// taken holds what an embed job took from the pool against the pool.
func (j *jobs) taken(ctx context.Context, rec schemas.Commit, rows []takenRow) {
	name, ok := j.fromPool()
	if !ok || j.pool == nil || len(rows) == 0 || j.c.err != nil {
		return
	}
	lines, ok := j.linesOf(ctx, rec.Job)
	if !ok {
		return
	}
	byRow := map[int64]poolLine{}
	for _, l := range lines {
		byRow[l.row] = l
	}
	values := map[int64]takenRow{}
	for _, r := range rows {
		if l, ok := byRow[int64(r.v.Row)]; !ok || l.key != r.v.ID {
			j.c.reportAt(r.at, State, "", "a line in the pool", "none")
			delete(byRow, int64(r.v.Row))
			continue
		}
		values[int64(r.v.Row)] = r
	}
	if j.pool.isFeature(name) {
		j.pool.vectors(ctx, j.c, name, lines, values, j.set.spec.Dataset.Vectors)
		return
	}
	column := j.pool.column(name)
	for _, l := range lines {
		if r, ok := values[l.row]; ok && column >= 0 {
			agree(j.c, l.at, r.at, Similarity, "similarity", show(float32Of(l.values[column])), show(r.v.Similarity))
		}
	}
}

// linesOf reads what the fetch of an embed's shard wrote down. What is wrong with it is told where the fetch is checked.
func (j *jobs) linesOf(ctx context.Context, embed schemas.Job) ([]poolLine, bool) {
	fetch := schemas.NewJob(embed.Run, schemas.TaskFetch, embed.Group, embed.Name, "")
	fetch.Generation = embed.Generation
	rec, _, err := readCanonical[schemas.Commit](ctx, j.c, store.CommitKey(fetch))
	of := rec.Of(schemas.RoleLines)
	if err != nil || j.c.broken[store.CommitKey(fetch)] || len(of) > 1 || len(of) == 1 && j.c.broken[of[0].Key] {
		return nil, false
	}
	if len(of) == 0 {
		return nil, true
	}
	return j.pool.readLines(ctx, j.c, of[0])
}

// float32Of is a number as a similarity is stored.
func float32Of(v any) float32 {
	switch v := v.(type) {
	case int32:
		return float32(v)
	case int64:
		return float32(v)
	case float32:
		return v
	case float64:
		return float32(v)
	}
	return 0
}

// vectors holds vectors against a feature's arrays.
func (p *poolCheck) vectors(ctx context.Context, c *checker, feature string, lines []poolLine, taken map[int64]takenRow, element string) {
	for file, some := range p.byFile(lines) {
		f := &p.Files[file]
		some = slices.DeleteFunc(some, func(l poolLine) bool { _, ok := taken[l.row]; return !ok })
		if len(some) == 0 {
			continue
		}
		o, err := c.store.Open(ctx, f.Arrays)
		if err != nil {
			c.damaged(ctx, whole(f.Arrays), "", err)
			continue
		}
		if size := o.Info().Size; size != f.Bytes {
			c.resized(f.Arrays, f.Bytes, size)
		} else if a, err := npy.OpenArchive(o, size, f.Arrays); err != nil {
			c.damaged(ctx, whole(f.Arrays), "", err)
		} else {
			for i, name := range arrayNames(feature) {
				p.array(ctx, c, a, f.Arrays, name, some, func(l poolLine) []float32 {
					if i == 0 {
						return taken[l.row].v.ImageEmbedding
					}
					return taken[l.row].v.TextEmbedding
				}, taken, element)
			}
		}
		o.Close()
	}
}

// array holds the vectors of one array's rows against what was taken of them.
func (p *poolCheck) array(ctx context.Context, c *checker, a *npy.Archive, key, name string, lines []poolLine, of func(poolLine) []float32, taken map[int64]takenRow, element string) {
	x, err := a.Array(name)
	if err != nil {
		c.damaged(ctx, whole(key), "array "+name, err)
		return
	}
	intact := p.checked(ctx, c, key, x, name)
	rows := make([]int64, len(lines))
	for i, l := range lines {
		rows[i] = l.line
	}
	err = x.Read(ctx, rows, func(i int, v []float32) error {
		want := unitOf(v, element)
		if got := of(lines[i]); !slices.Equal(want, got) && intact {
			agree(c, at{key, rows[i], lines[i].uid}, taken[lines[i].row].at, Vector, name, "the array's vector", fmt.Sprint("another: ", clipped(got)))
		}
		return nil
	})
	if err != nil && intact {
		c.damaged(ctx, at{key, Whole, ""}, "array "+name, err)
	}
}

// unitOf is a vector as it is stored.
func unitOf(v []float32, element string) []float32 {
	if encoder.Unit(v) != nil {
		return nil
	}
	if element == schemas.Float16 {
		for i := range v {
			v[i] = encoder.FromFloat16(encoder.Float16bits(v[i]))
		}
	}
	return v
}

func clipped(v []float32) []float32 { return v[:min(len(v), 4)] }
