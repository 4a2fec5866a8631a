package workers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/sync/errgroup"

	"pairmill/crawler/shards"
	"pairmill/fetch"
	"pairmill/filter"
	"pairmill/imaging"
	"pairmill/schemas"
	"pairmill/sink"
	"pairmill/store/ledger"
)

// adopt is the fetch of a shard that is there: without a request, it writes what the run has to know of it and leaves it
// where it is.
func (h *Handlers) adopt(ctx context.Context, run *Run, tx *ledger.Tx) error {
	var part adoptedPart
	if err := ledger.ReadJSON(ctx, h.deps.Store, tx.Job().Input, &part); err != nil {
		return err
	}
	a := adoption{run: run, job: tx.Job(), watch: h.deps.Watch, done: map[*shards.Row]*schemas.Row{}}
	var err error
	if a.pictures, err = h.looking(ctx, run); err != nil {
		return err
	}
	a.work.SetLimit(runtime.GOMAXPROCS(0))
	found, err := shards.Read(ctx, h.deps.Store, part.Shard, part.Columns, a.picture)
	if err = errors.Join(a.work.Wait(), err); err != nil {
		return err
	}
	rows := make([]*schemas.Row, len(found.Rows))
	for i, from := range found.Rows {
		if rows[i] = a.done[from]; rows[i] == nil {
			rows[i] = a.missing(from)
		}
	}
	if err := h.joinPool(ctx, run, tx, part.Guess, rows); err != nil {
		return err
	}
	return a.write(ctx, tx, part, found.SHA256, rows)
}

// looking returns what decodes adopted pictures, or nil if their headers are enough. A run that goes on to a dataset decodes
// every picture here, where a damaged one costs its row: embedding could only give up the shard.
func (h *Handlers) looking(ctx context.Context, run *Run) (Pictures, error) {
	if run.Spec.Deliver != nil {
		return nil, nil
	}
	cfg := imaging.Config{Mode: imaging.NoResize, SkipReencode: true, MaxPixels: run.Spec.Image.MaxPixels}
	if h.deps.OpenSandbox == nil || attemptOf(ctx) < 2 && !h.deps.Sandboxed {
		p, err := imaging.New(cfg)
		return p, Permanent(err)
	}
	return h.runs.sandbox(cfg)
}

// adoption is one shard being adopted.
type adoption struct {
	run      *Run
	job      schemas.Job
	watch    Watcher
	pictures Pictures // nil: headers are enough
	work     errgroup.Group
	done     map[*shards.Row]*schemas.Row // of rows with pictures; filled by one goroutine, each row by another
}

// picture looks at one picture, beside the reading of the tar.
func (a *adoption) picture(from *shards.Row, p shards.Picture) error {
	row := a.row(from)
	a.done[from] = row
	a.work.Go(func() error {
		a.look(row, from, p)
		return nil
	})
	return nil
}

// row is what is known of a row without its picture.
func (a *adoption) row(from *shards.Row) *schemas.Row {
	url, text := from.URL, filter.CleanCaption(from.Caption)
	if !strings.HasPrefix(url, shards.Scheme) {
		url = normalURL(url)
	}
	return &schemas.Row{
		ID: schemas.NewID(url, text).String(), Key: from.Key, URL: url, Listed: from.Listed,
		Captions: []schemas.Caption{{Text: text, Source: schemas.SourceList}},
	}
}

// maxRawURL is how much is kept, in bytes, of a text that is no URL.
const maxRawURL = 2_000

// normalURL is the URL in its one form, or the text itself when it has none.
func normalURL(raw string) string {
	if url, err := fetch.Normalize(raw); err == nil {
		return url
	}
	raw = strings.ToValidUTF8(raw, "\uFFFD")
	if len(raw) > maxRawURL {
		raw = strings.ToValidUTF8(raw[:maxRawURL], "")
	}
	return raw
}

// look enters what a picture is, or why it does not stay.
func (a *adoption) look(row *schemas.Row, from *shards.Row, p shards.Picture) {
	sum := sha256.Sum256(p.Data)
	row.SHA256, row.Digest = from.SHA256, from.Digest
	if row.SHA256 == "" {
		row.SHA256 = hex.EncodeToString(sum[:])
	}
	if reason, detail := a.judge(row, from, p.Data); reason != schemas.Kept {
		row.Reason, row.Detail = string(reason), short(detail)
		return
	}
	row.EXIF = from.EXIF
	row.ImageSHA256, row.ImageOffset, row.ImageBytes = hex.EncodeToString(sum[:]), p.Offset, int64(len(p.Data))
}

// judge applies the run's filters and measures a picture. Rules of sizes hold for the original, as far as the shard says
// what that was.
func (a *adoption) judge(row *schemas.Row, from *shards.Row, data []byte) (schemas.Reason, string) {
	if reason, detail := a.run.beforeRequest(row, schemas.Candidate{Captions: row.Captions}); reason != schemas.Kept {
		return reason, detail
	}
	header, err := imaging.ReadHeader(data)
	if err == nil {
		err = a.run.Limits.Check(header)
	}
	row.SourceFormat = string(header.Format)
	if err == nil && a.pictures != nil {
		var result imaging.Result
		if result, err = a.pictures.Process(data); err == nil {
			row.PHash = fmt.Sprintf("%016x", result.PHash)
			row.Profile = result.Profile
		}
	}
	if err != nil {
		var refused *imaging.Error
		if errors.As(err, &refused) {
			return refused.Reason, refused.Detail
		}
		return schemas.ImageCorrupt, err.Error()
	}
	width, height := header.Upright()
	row.Width, row.Height = int32(width), int32(height)
	row.OriginalWidth, row.OriginalHeight = row.Width, row.Height
	if from.OriginalWidth > 0 && from.OriginalHeight > 0 {
		row.OriginalWidth, row.OriginalHeight = from.OriginalWidth, from.OriginalHeight
	}
	size := filter.Image{Width: int(row.OriginalWidth), Height: int(row.OriginalHeight), Bytes: int64(len(data))}
	reason := a.run.Sizes.Reason(size)
	return reason, size.Detail(reason, a.run.Spec.Filter)
}

// missing is the row of a candidate that has no picture.
func (a *adoption) missing(from *shards.Row) *schemas.Row {
	row := a.row(from)
	switch {
	case !from.Kept():
		reason, status := sink.Reason(from.Status, from.Message)
		row.Reason, row.Detail, row.HTTPStatus = string(reason), from.Message, status
		if r := schemas.Reason(from.Reason); r != schemas.Kept && r.Valid() {
			row.Reason, row.Detail = from.Reason, from.Detail
		}
	case from.Found: // its sample is there
		row.Reason, row.Detail = string(schemas.ImageUnknownFormat), from.Problem
	default:
		row.Reason, row.Detail = string(schemas.ImageTruncated), from.Problem
	}
	row.Detail = short(row.Detail)
	return row
}

// detailMax is the longest detail of a row in bytes.
const detailMax = 1 << 10

func short(detail string) string {
	detail = strings.ToValidUTF8(detail, "\uFFFD")
	if len(detail) > detailMax {
		detail = strings.ToValidUTF8(detail[:detailMax], "")
	}
	return detail
}

// write puts away what the run has to know. The tar is named where it is.
func (a *adoption) write(ctx context.Context, tx *ledger.Tx, part adoptedPart, sum schemas.Hash, rows []*schemas.Row) error {
	out, err := newRowSpool[schemas.Row](tx)
	if err != nil {
		return err
	}
	var hashes []schemas.HashRow
	counts := tx.Counts()
	for i, row := range rows {
		if err := out.add(*row); err != nil {
			return err
		}
		counts.Inputs++
		if row.SHA256 != "" {
			counts.Fetched++
		}
		if row.Kept() {
			counts.Kept++
			hashes = append(hashes, hashRow(a.job.Name, int32(i), *row))
		} else {
			counts.Drop(schemas.Reason(row.Reason), 1)
		}
		// Reasons are for those who watch requests: nothing was asked here.
		a.watch.Row(a.job, Item{URL: row.URL})
	}
	tx.Name(schemas.Object{Role: schemas.RoleTar, Key: part.Tar, Size: part.Size, SHA256: sum, Rows: counts.Kept})
	if _, err := out.putAlways(ctx, "shards/"+jobPath(a.job), schemas.Object{Role: schemas.RoleTable}); err != nil {
		return err
	}
	return putHashes(ctx, tx, a.run.Spec.Dedup.Buckets, hashes)
}
