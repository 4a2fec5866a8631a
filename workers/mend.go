package workers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"

	"pairmill/schemas"
	"pairmill/sink"
	"pairmill/store"
	"pairmill/store/ledger"
	"pairmill/store/table"
)

// errRecord is a fetch's commit record that does not name what such records name.
var errRecord = errors.New("its record does not name one tar and one table")

// Mend makes a fetched shard's objects once more in tx, out of what is left of them, and commits nothing. Where the table is
// whole, its rows stay what they are: side tables follow from them without a request, and a tar takes requests for those
// pictures alone that are nowhere else. Where it is not, everything is asked for again.
func (h *Handlers) Mend(ctx context.Context, tx *ledger.Tx, r Ruin) (Mended, error) {
	job := tx.Job()
	run, err := h.runs.Get(ctx, job)
	if err != nil {
		return Mended{}, err
	}
	if run.Spec.Source.Shards != nil && !run.Generation.IsRetry() {
		return Mended{}, h.adopt(ctx, run, tx)
	}
	if !r.Table {
		return h.refetch(ctx, run, tx, r)
	}
	tables := r.Record.Of(schemas.RoleTable)
	if len(tables) != 1 || len(r.Record.Of(schemas.RoleTar)) != 1 {
		return Mended{}, errRecord
	}
	m := mending{h: h, run: run, tx: tx, ruin: r}
	if m.rows, err = table.Collect(table.Read[schemas.Row](ctx, h.deps.Store, tables[0].Key)); err != nil {
		return Mended{}, err
	}
	if err := m.all(ctx); err != nil {
		return m.Mended, err
	}
	return m.Mended, nil
}

// refetch asks for all of a shard again.
func (h *Handlers) refetch(ctx context.Context, run *Run, tx *ledger.Tx, r Ruin) (m Mended, err error) {
	candidates, err := readPart(ctx, h.deps.Store, run, tx.Job().Input)
	if err != nil {
		return m, err
	}
	urls := map[string]bool{}
	for _, c := range candidates {
		row := rowOf(c)
		if reason, _ := run.beforeRequest(&row, c); reason == schemas.Kept {
			urls[c.URL] = true
		}
	}
	m.Asked = len(urls)
	if !r.Ask {
		return m, nil
	}
	return m, h.fetch(ctx, tx.Job(), tx)
}

// mending is a shard with a whole table that is being made again.
type mending struct {
	Mended
	h    *Handlers
	run  *Run
	tx   *ledger.Tx
	ruin Ruin
	rows []schemas.Row

	images *store.Scratch
	at     []int64 // where a kept row's picture begins in images; -1 = it is missing
}

func (m *mending) all(ctx context.Context) error {
	rec := &m.ruin.Record
	if m.ruin.Tar {
		m.tx.Name(rec.Of(schemas.RoleTar)...)
		m.tx.Name(rec.Of(schemas.RoleTable)...)
	} else if err := m.tar(ctx); err != nil || !m.ruin.Ask {
		return err
	}
	if len(rec.Of(schemas.RoleLines)) > 0 {
		rows := make([]*schemas.Row, len(m.rows))
		for i := range m.rows {
			rows[i] = &m.rows[i]
		}
		if err := m.h.joinPool(ctx, m.run, m.tx, 0, rows); err != nil {
			return err
		}
	}
	m.tx.Next(rec.Next...)
	m.count()
	return m.sides(ctx)
}

// tar writes the tar and the table again.
func (m *mending) tar(ctx context.Context) error {
	var err error
	if m.images, err = m.tx.Scratch(); err != nil {
		return err
	}
	missing, err := m.salvage(ctx)
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		if err := m.ask(ctx, missing); err != nil || !m.ruin.Ask {
			return err
		}
	}
	if !m.ruin.Ask {
		return nil
	}
	return m.write(ctx)
}

// salvage collects the pictures that are still somewhere, and returns the rows of the others.
func (m *mending) salvage(ctx context.Context) ([]int, error) {
	m.at = make([]int64, len(m.rows))
	for i := range m.rows {
		m.at[i] = -1
		if !m.rows[i].Kept() || m.ruin.Picture == nil {
			continue
		}
		for _, image := range m.ruin.Picture(ctx, &m.rows[i]) {
			if err := m.take(i, image); err != nil {
				return nil, err
			}
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	if err := m.published(ctx); err != nil {
		return nil, err
	}
	return m.missing(), nil
}

// missing returns the kept rows without a picture.
func (m *mending) missing() (rows []int) {
	for i := range m.rows {
		if m.rows[i].Kept() && m.at[i] < 0 {
			rows = append(rows, i)
		}
	}
	return rows
}

// published takes pictures from what was published of the samples.
func (m *mending) published(ctx context.Context) error {
	missing := m.missing()
	if len(missing) == 0 || m.ruin.Published == nil {
		return nil
	}
	of, wanted := map[string][]int{}, map[string]bool{}
	for _, i := range missing {
		id := m.rows[i].ID
		of[id], wanted[id] = append(of[id], i), true
	}
	return m.ruin.Published(ctx, wanted, func(id string, image []byte) error {
		for _, i := range of[id] {
			if err := m.take(i, image); err != nil {
				return err
			}
		}
		return nil
	})
}

// take keeps bytes if they are the picture of row i, and it has none yet.
func (m *mending) take(i int, image []byte) error {
	row := &m.rows[i]
	if m.at[i] >= 0 || int64(len(image)) != row.ImageBytes {
		return nil
	}
	if sum := sha256.Sum256(image); hex.EncodeToString(sum[:]) != row.ImageSHA256 {
		return nil
	}
	at := m.images.Size()
	if _, err := m.images.Write(image); err != nil {
		return err
	}
	m.at[i] = at
	return nil
}

// ask fetches the pictures of some rows. One that does not come, or comes otherwise than it was, is lost.
func (m *mending) ask(ctx context.Context, missing []int) error {
	all, err := readPart(ctx, m.h.deps.Store, m.run, m.tx.Job().Input)
	if err != nil {
		return err
	}
	if len(all) != len(m.rows) {
		return errRecord
	}
	wanted, urls := make([]schemas.Candidate, len(missing)), map[string]bool{}
	for k, i := range missing {
		wanted[k] = all[i]
		urls[all[i].URL] = true
	}
	if m.Asked = len(urls); !m.ruin.Ask {
		return nil
	}
	f, err := m.h.fetching(ctx, m.run, m.tx.Job(), wanted)
	if err != nil {
		return err
	}
	if f.style, err = m.h.style(ctx, m.run, m.tx.Job()); err != nil {
		return err
	}
	if f.images, err = m.tx.Scratch(); err != nil {
		return err
	}
	if err := f.all(ctx); err != nil {
		return err
	}
	images, err := f.images.Content()
	if err != nil {
		return err
	}
	for k, i := range missing {
		d := &f.done[k]
		image := make([]byte, d.size)
		if _, err := images.ReadAt(image, d.offset); err != nil && d.size > 0 {
			return err
		}
		if d.row.Kept() {
			if err := m.take(i, image); err != nil {
				return err
			}
		}
		if m.at[i] < 0 {
			m.lose(i, &d.row)
		}
	}
	return nil
}

// lose drops a row, saying what came when it was asked for again.
func (m *mending) lose(i int, now *schemas.Row) {
	detail := "its picture was damaged in the store; asked again, other bytes came"
	if !now.Kept() {
		detail = "its picture was damaged in the store; asked again: " + now.Reason
		if now.Detail != "" {
			detail += ": " + now.Detail
		}
	}
	detail = short(detail)
	old := m.rows[i]
	m.rows[i] = schemas.Row{
		ID: old.ID, Key: now.Key, URL: old.URL, Reason: string(schemas.Damaged), Detail: detail, Captions: old.Captions, PageURL: old.PageURL,
		Depth: old.Depth, License: old.License, OptOut: old.OptOut, Listed: old.Listed,
		FinalURL: old.FinalURL, HTTPStatus: old.HTTPStatus, SourceBytes: old.SourceBytes, SHA256: old.SHA256, Digest: old.Digest,
	}
	m.Lost = append(m.Lost, schemas.LostRow{Row: i, ID: old.ID, URL: old.URL, Detail: detail})
}

func (m *mending) write(ctx context.Context) error {
	style, err := m.h.style(ctx, m.run, m.tx.Job())
	if err != nil {
		return err
	}
	images, err := m.images.Content()
	if err != nil {
		return err
	}
	shard, err := sink.NewShard(m.tx, style)
	if err != nil {
		return err
	}
	for i := range m.rows {
		row := &m.rows[i]
		var image []byte
		if row.Kept() {
			image = make([]byte, row.ImageBytes)
			if _, err := images.ReadAt(image, m.at[i]); err != nil && len(image) > 0 {
				return err
			}
			row.ImageOffset = 0 // as it was before the tar said where
		}
		if err := shard.Add(row, image); err != nil {
			return err
		}
	}
	return shard.Put(ctx, m.tx, "shards/"+jobPath(m.tx.Job()))
}

// sides writes what follows from the rows alone. Observations are what they were.
func (m *mending) sides(ctx context.Context) error {
	var hashes []schemas.HashRow
	var optOuts []schemas.OptOutRow
	for i := range m.rows {
		row := &m.rows[i]
		if row.Kept() {
			hashes = append(hashes, hashRow(m.tx.Job().Name, int32(i), *row))
		}
		if row.OptOut != "" {
			optOuts = append(optOuts, schemas.OptOutRow{URL: row.URL, OptOut: row.OptOut})
		}
	}
	if err := putHashes(ctx, m.tx, m.run.Spec.Dedup.Buckets, hashes); err != nil {
		return err
	}
	if err := putTable(ctx, m.tx, "optouts/"+jobPath(m.tx.Job()), optOuts, schemas.Object{Role: schemas.RoleOptOuts}); err != nil {
		return err
	}
	m.tx.Name(m.ruin.Record.Of(schemas.RoleObservations)...)
	return nil
}

// count counts what the shard has now.
func (m *mending) count() {
	c := m.tx.Counts()
	*c = m.ruin.Record.Counts
	c.Dropped = maps.Clone(c.Dropped)
	c.Requests += int64(m.Asked)
	if n := int64(len(m.Lost)); n > 0 {
		c.Kept -= n
		c.Drop(schemas.Damaged, n)
	}
}
