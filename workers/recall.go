package workers

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"

	"pairmill/crawler/web"
	"pairmill/fetch"
	"pairmill/internal/extsort"
	"pairmill/schemas"
	"pairmill/store/keyed"
	"pairmill/store/ledger"
	"pairmill/store/table"
)

// recallKey is what a URL is recalled by. URLs of a host stand together, as they do in fetch parts.
func recallKey(url string) (k keyed.Key) {
	host, whole := sha256.Sum256([]byte(fetch.HostKey(url))), sha256.Sum256([]byte(url))
	copy(k[:4], host[:])
	copy(k[4:], whole[:])
	return k
}

// recalledRow is a URL on its way to the others.
type recalledRow struct {
	Key     []byte `parquet:"key"`
	AskedMS int64  `parquet:"asked_ms"`
	Value   []byte `parquet:"value"` // schemas.Recalled as JSON
}

// What is recalled, as Object.For says it.
const (
	recalledPictures = "pictures"
	recalledPages    = "pages"
)

// recall turns one fetch group of an earlier run into a keyed file of what became of each URL's bytes, or one epoch of it into one
// of what came of its pages.
func (h *Handlers) recall(ctx context.Context, job schemas.Job, tx *ledger.Tx) error {
	run, err := h.runs.Get(ctx, job)
	if err != nil {
		return err
	}
	sorter := extsort.New(func(a, b recalledRow) int {
		return cmp.Or(bytes.Compare(a.Key, b.Key), cmp.Compare(b.AskedMS, a.AskedMS))
	}, extsort.Config{Dir: tx.Dir()})
	defer sorter.Close()
	kind, task, add := recalledPictures, schemas.TaskFetch, h.recallShard
	if _, err := schemas.EpochIndex(job.Name); err == nil {
		kind, task, add = recalledPages, schemas.TaskWalk, h.recallWalk
	}
	for rec, err := range ledger.Group(ctx, h.deps.Store, run.Since, task, job.Name) {
		if err == nil {
			err = add(ctx, run, job, rec, sorter)
		}
		if err != nil {
			return err
		}
	}
	spool, err := tx.Spool()
	if err != nil {
		return err
	}
	out := keyed.NewWriter(spool)
	var last []byte
	for r, err := range sorter.Sorted(ctx) {
		if err != nil {
			return err
		}
		if bytes.Equal(r.Key, last) {
			continue // asked for earlier
		}
		last = r.Key
		if err := out.Add(keyed.Key(r.Key), r.Value); err != nil {
			return err
		}
	}
	if err := out.Close(); err != nil || out.Keys() == 0 {
		return err
	}
	o := schemas.Object{Role: schemas.RoleRecall, For: kind, Rows: out.Keys()}
	_, err = tx.PutSpool(ctx, "recalled/"+kind+"/"+job.Name+".keyed", spool, o)
	return err
}

// recallShard adds the URLs of one shard whose bytes had come.
func (h *Handlers) recallShard(ctx context.Context, run *Run, job schemas.Job, rec schemas.Commit, sorter *extsort.Sorter[recalledRow]) error {
	tar := ""
	for _, o := range rec.Of(schemas.RoleTar) {
		tar = o.Key
	}
	seen := map[string]schemas.Observation{}
	for _, o := range rec.Of(schemas.RoleObservations) {
		for x, err := range table.Read[schemas.Observation](ctx, h.deps.Store, o.Key) {
			if err != nil {
				return err
			}
			seen[x.ID] = x
		}
	}
	plain := run.plain()
	had := map[string]bool{}
	for _, o := range rec.Of(schemas.RoleTable) {
		for row, err := range table.Read[schemas.Row](ctx, h.deps.Store, o.Key) {
			if err != nil {
				return err
			}
			x, asked := seen[row.ID] // of the first row that wanted the URL
			if !asked || had[row.URL] || !recallable(&row) {
				continue
			}
			had[row.URL] = true
			h.deps.Watch.Row(job, Item{URL: row.URL})
			if plain {
				row.Listed = ""
			}
			value, err := json.Marshal(recalled(rec.Job.Run, tar, &row, x))
			if err != nil {
				return err
			}
			key := recallKey(row.URL)
			if err := sorter.Add(recalledRow{key[:], x.StartedMS, value}, int64(100+len(value))); err != nil {
				return err
			}
		}
	}
	return nil
}

// readingRow is one line of what came of pages.
type readingRow struct {
	URL   string `parquet:"url"`
	Value []byte `parquet:"value"` // web.Reading as JSON
}

// readingRows are a walk's.
func readingRows(readings []web.Reading) ([]readingRow, error) {
	rows := make([]readingRow, len(readings))
	for i, r := range readings {
		value, err := json.Marshal(r)
		if err != nil {
			return nil, err
		}
		rows[i] = readingRow{r.URL, value}
	}
	return rows, nil
}

// recallWalk adds the pages that one walk has read.
func (h *Handlers) recallWalk(ctx context.Context, _ *Run, job schemas.Job, rec schemas.Commit, sorter *extsort.Sorter[recalledRow]) error {
	for _, o := range rec.Of(schemas.RoleReadings) {
		for row, err := range table.Read[readingRow](ctx, h.deps.Store, o.Key) {
			if err != nil {
				return err
			}
			h.deps.Watch.Row(job, Item{URL: row.URL})
			key := recallKey(row.URL)
			if err := sorter.Add(recalledRow{key[:], 0, row.Value}, int64(100+len(row.Value))); err != nil {
				return err
			}
		}
	}
	return nil
}

// recallable tells whether what became of a row follows from its bytes alone.
func recallable(r *schemas.Row) bool {
	switch schemas.Reason(r.Reason) {
	case schemas.Damaged, schemas.DecoderCrash, schemas.OptOutHeader, schemas.OptOutPage:
		return false
	}
	return r.SHA256 != ""
}

func recalled(run, tar string, row *schemas.Row, x schemas.Observation) schemas.Recalled {
	r := schemas.Recalled{
		URL: row.URL, ETag: x.ETag, Modified: x.Modified, AskedMS: x.StartedMS, Since: cmp.Or(x.Since, run),
		Reason: row.Reason, Detail: row.Detail, FinalURL: row.FinalURL, HTTPStatus: row.HTTPStatus, SourceFormat: row.SourceFormat,
		SourceBytes: row.SourceBytes, SHA256: row.SHA256, PHash: row.PHash, OriginalWidth: row.OriginalWidth,
		OriginalHeight: row.OriginalHeight, Width: row.Width, Height: row.Height, ImageSHA256: row.ImageSHA256,
		ImageOffset: row.ImageOffset, ImageBytes: row.ImageBytes, Profile: row.Profile, EXIF: row.EXIF, Digest: row.Digest, Listed: row.Listed,
	}
	if row.Kept() {
		r.Tar = tar
	}
	return r
}
