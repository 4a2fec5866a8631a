package workers

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"pairmill/crawler/pool"
	"pairmill/encoder"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
	"pairmill/store/table"
)

// pooled is the pool of a run over shards, and what joins the two.
type pooled struct {
	*pool.Pool
	Listed []schemas.Column `json:"listed"` // of Row.Listed in the run's tables; one of them is the uid

	sum schemas.Hash // of the object that says so
}

// planPool looks at the pool that a spec names and says in the plan's record what it is. columns are what the shards' rows
// carry.
func (h *Handlers) planPool(ctx context.Context, run *Run, tx *ledger.Tx, columns []schemas.Column) (*pooled, error) {
	if len(run.Spec.Source.Shards.Pool) == 0 {
		return nil, nil
	}
	found, err := pool.Survey(ctx, h.deps.Store, run.Spec.Source.Shards.Pool)
	if err != nil {
		if ctx.Err() == nil {
			err = Permanent(err)
		}
		return nil, err
	}
	p := &pooled{Pool: found, Listed: columns}
	if _, err := p.uids(nil); err != nil {
		return nil, Permanent(err)
	}
	if name, ok := run.Spec.Embed.FromPool(); ok && run.Spec.Deliver == nil {
		if _, err := p.Choose(name); err != nil {
			return nil, Permanent(fmt.Errorf("embed.model %s: %w", run.Spec.Embed.Model, err))
		}
	}
	_, err = putJSON(ctx, tx, "listings/pool.json", p, schemas.Object{Role: schemas.RolePool, Rows: p.Rows()})
	return p, err
}

// pool returns what the plan found out about a run's pool; nil without one. It is read once in a process.
func (r *Runs) pool(ctx context.Context, run string) (*pooled, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p, ok := r.pools[run]; ok {
		return p, nil
	}
	rec, err := ledger.Read(ctx, r.deps.Store, schemas.NewJob(run, schemas.TaskPlan, schemas.GroupAll, schemas.GroupAll, ""))
	if err != nil {
		return nil, err
	}
	var p *pooled
	for _, o := range rec.Of(schemas.RolePool) {
		p = &pooled{sum: o.SHA256}
		if err := ledger.ReadJSON(ctx, r.deps.Store, o.Key, p); err != nil {
			return nil, err
		}
	}
	r.pools[run] = p
	return p, nil
}

// uids are the uids of rows; empty where a row has none.
func (p *pooled) uids(rows []*schemas.Row) ([]string, error) {
	at := slices.IndexFunc(p.Listed, func(c schemas.Column) bool { return c.Name == pool.UID })
	if at < 0 {
		return nil, fmt.Errorf("the shards carry no %s, neither in their tables nor in their samples' .json: nothing joins them with the pool (img2dataset: save_additional_columns)", pool.UID)
	}
	out := make([]string, len(rows))
	for i, r := range rows {
		if r.Listed == "" {
			continue
		}
		values, err := schemas.DecodeListed(p.Listed, r.Listed)
		if err != nil {
			return nil, fmt.Errorf("row %s: %w", r.ID, err)
		}
		if values[at] != nil {
			out[i] = fmt.Sprint(values[at])
		}
	}
	return out, nil
}

// poolLine is a shard's row in the pool.
type poolLine struct {
	row    int32 // of the shard's table
	uid    string
	place  pool.Place
	values []any // of the pool's columns
}

func placesOf(lines []poolLine) []pool.Place {
	out := make([]pool.Place, len(lines))
	for i, l := range lines {
		out[i] = l.place
	}
	return out
}

// joinPool finds the lines of a shard's kept rows in the run's pool, drops the rows that lack there what the run takes for
// similarity, and writes the lines of the others down. guess is the file of the pool in which to look first. Without a pool
// it does nothing.
func (h *Handlers) joinPool(ctx context.Context, run *Run, tx *ledger.Tx, guess int, rows []*schemas.Row) error {
	if run.Spec.Source.Shards == nil || len(run.Spec.Source.Shards.Pool) == 0 {
		return nil
	}
	p, err := h.runs.pool(ctx, tx.Job().Run)
	if err != nil {
		return err
	}
	lines, err := p.lines(ctx, h.deps.Store, guess, rows)
	if err != nil {
		return err
	}
	if name, ok := run.Spec.Embed.FromPool(); ok && run.Spec.Deliver == nil {
		choice, err := p.Choose(name)
		if err != nil {
			return Permanent(err)
		}
		missing, err := p.missing(ctx, h.deps.Store, choice, lines, rows)
		if err != nil {
			return err
		}
		for i, why := range missing {
			dropFeatureless(rows[i], why)
		}
	}
	return p.put(ctx, tx, lines, rows)
}

// dropFeatureless drops a row whose picture was kept.
func dropFeatureless(r *schemas.Row, why string) {
	r.Reason, r.Detail = string(schemas.FeaturesMissing), short(why)
	r.EXIF, r.ImageSHA256, r.ImageOffset, r.ImageBytes = "", "", 0, 0
}

// lines finds the kept rows, in their order.
func (p *pooled) lines(ctx context.Context, s store.Store, guess int, rows []*schemas.Row) ([]poolLine, error) {
	uids, err := p.uids(rows)
	if err != nil {
		return nil, Permanent(err)
	}
	for i, r := range rows {
		if !r.Kept() {
			uids[i] = ""
		}
	}
	found, err := p.Find(ctx, s, guess, uids)
	if err != nil {
		return nil, err
	}
	var out []poolLine
	for i, uid := range uids {
		if place, ok := found[uid]; ok {
			out = append(out, poolLine{row: int32(i), uid: uid, place: place})
		}
	}
	values, err := p.Values(ctx, s, placesOf(out))
	if err != nil {
		return nil, err
	}
	for i := range out {
		out[i].values = values[i]
	}
	return out, nil
}

// missing says, by row, why kept rows have nothing that the run could take.
func (p *pooled) missing(ctx context.Context, s store.Store, c pool.Choice, lines []poolLine, rows []*schemas.Row) (map[int32]string, error) {
	out := map[int32]string{}
	for i, r := range rows {
		if r.Kept() {
			out[int32(i)] = "its uid is not in the pool"
		}
	}
	for part := range slices.Chunk(lines, poolChunk) {
		all, err := p.take(ctx, s, c, part)
		if err != nil {
			return nil, err
		}
		for i, l := range part {
			if delete(out, l.row); all[i].err != nil {
				out[l.row] = fmt.Sprintf("%s, row %d: %s", p.Files[l.place.File].Table, l.place.Row, all[i].err)
			}
		}
	}
	return out, nil
}

// poolChunk is how many vectors are held at a time: 50 MB of two times 768 floats. Deflated arrays are read from their
// beginning for each chunk.
const poolChunk = 8192

// taken is what a pool has of a sample: unit vectors and their cosine, or a score.
type taken struct {
	image, text []float32
	similarity  float32
	err         error // it has nothing that can be used
}

// take reads what a run takes for similarity.
func (p *pooled) take(ctx context.Context, s store.Store, c pool.Choice, lines []poolLine) ([]taken, error) {
	out := make([]taken, len(lines))
	if c.Feature == nil {
		for i := range out {
			out[i].similarity, out[i].err = score(lines[i].values[c.Column], c.Name)
		}
		return out, nil
	}
	images, texts, err := p.Vectors(ctx, s, *c.Feature, placesOf(lines))
	if err != nil {
		return nil, err
	}
	for i := range out {
		out[i] = taken{image: images[i], text: texts[i], err: cmp.Or(unit(images[i], c.Feature.Image()), unit(texts[i], c.Feature.Text()))}
	}
	return out, nil
}

// unit makes a vector of an array one of length 1.
func unit(v []float32, array string) error {
	if err := encoder.Unit(v); err != nil {
		return fmt.Errorf("%s: %w", array, err)
	}
	return nil
}

// score is a value as a similarity.
func score(v any, column string) (float32, error) {
	f := math.NaN()
	switch v := v.(type) {
	case int32:
		f = float64(v)
	case int64:
		f = float64(v)
	case float32:
		f = float64(v)
	case float64:
		f = v
	}
	if s := float32(f); !math.IsNaN(f) && !math.IsInf(float64(s), 0) {
		return s, nil
	}
	return 0, fmt.Errorf("%s is %v", column, v)
}

// put writes the lines of rows that are still kept as a column of the run.
func (p *pooled) put(ctx context.Context, tx *ledger.Tx, lines []poolLine, rows []*schemas.Row) error {
	sp, err := tx.Spool()
	if err != nil {
		return err
	}
	w, err := table.NewValues(sp, p.LineColumns(), table.Config{})
	if err != nil {
		return err
	}
	for _, l := range lines {
		if !rows[l.row].Kept() {
			continue
		}
		line := []any{rows[l.row].ID, l.row, l.uid, int32(l.place.File), l.place.Row}
		if err := w.Write(append(line, l.values...)); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil || w.Rows() == 0 {
		return err
	}
	o := schemas.Object{Role: schemas.RoleLines, Rows: w.Rows(), For: p.sum.String()}
	_, err = tx.PutSpool(ctx, "columns/pool@"+p.sum.Short()+"/"+jobPath(tx.Job())+".parquet", sp, o)
	return err
}

// readLines reads what put wrote, by row of the shard's table.
func (p *pooled) readLines(ctx context.Context, s store.Store, o schemas.Object) (map[int32]poolLine, error) {
	in, err := s.Open(ctx, o.Key)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	t, err := table.OpenValues(in, in.Info().Size, o.Key)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, c := range p.LineColumns() {
		names = append(names, c.Name)
	}
	out := map[int32]poolLine{}
	for v, err := range t.Range(ctx, 0, t.Rows(), names...) {
		if err != nil {
			return nil, err
		}
		row, ok1 := v[1].(int32)
		uid, ok2 := v[2].(string)
		file, ok3 := v[3].(int32)
		line, ok4 := v[4].(int64)
		if !ok1 || !ok2 || !ok3 || !ok4 || int(file) >= len(p.Files) || file < 0 {
			return nil, fmt.Errorf("%s, row %d: %v is no line of the pool", o.Key, len(out), v[:5])
		}
		out[row] = poolLine{row, uid, pool.Place{File: int(file), Row: line}, v[5:]}
	}
	return out, nil
}
