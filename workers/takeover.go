package workers

import (
	"context"
	"time"

	"pairmill/fetch"
	"pairmill/schemas"
)

// known returns what the earlier run has of a URL, if it is what all rows that want it now would get of the same bytes.
func (f *fetching) known(rows []int) (*schemas.Recalled, error) {
	r := f.recalled[f.candidates[rows[0]].URL]
	if r == nil || r.Reason != "" && f.run.Generation.IsRetry() { // whoever asks again wants another answer
		return nil, nil
	}
	for _, i := range rows {
		want, err := f.wanted(i)
		if err != nil {
			return nil, err
		}
		if !want.plain && f.candidates[i].Listed != r.Listed {
			return nil, nil
		}
	}
	return r, nil
}

// longETag is from which length on an ETag is not sent back: servers refuse long headers.
const longETag = 1 << 10

// had is what a request says of the earlier answer.
func had(r *schemas.Recalled) (h fetch.Had) {
	if r == nil {
		return h
	}
	h = fetch.Had{URL: r.FinalURL, ETag: r.ETag, Modified: r.Modified}
	if len(h.ETag) > longETag {
		h.ETag = ""
	}
	if h.URL == "" {
		h.URL = r.URL
	}
	return h
}

// fresh tells whether the spec lets an earlier answer count without asking again. One of the future, by another clock, is none.
func (f *fetching) fresh(r *schemas.Recalled) bool {
	if r == nil || f.run.Generation.IsRetry() {
		return false
	}
	age := time.Since(time.UnixMilli(r.AskedMS))
	return age >= 0 && age < f.run.Spec.Fetch.Fresh.Std()
}

// takeOver gives rows what the earlier run made of the same bytes. It is false when that is not there any more, and an error
// when it could not be kept. resp is the answer that nothing has changed; nil where nobody was asked.
func (f *fetching) takeOver(ctx context.Context, rows []int, r *schemas.Recalled, resp *fetch.Response) (bool, error) {
	var offset, size int64
	if r.Tar != "" {
		done, err := f.earlier.turn(ctx)
		if err != nil {
			return false, err
		}
		defer done()
		image, err := f.earlier.image(ctx, r)
		if err != nil {
			return false, ctx.Err()
		}
		if offset, err = f.spool(image); err != nil {
			return false, err
		}
		size = int64(len(image))
	}
	first := &f.done[rows[0]]
	first.observed, first.observation = true, renewed(first.row.ID, r, resp)
	if resp != nil {
		first.requests = int64(resp.Requests)
	}
	for _, i := range rows {
		d := &f.done[i]
		d.fetched, d.unchanged = true, true
		row := &d.row
		row.FinalURL, row.HTTPStatus, row.SourceBytes, row.SHA256, row.Digest = r.FinalURL, r.HTTPStatus, r.SourceBytes, r.SHA256, r.Digest
		if r.Reason != "" {
			f.drop(i, schemas.Reason(r.Reason), r.Detail)
			continue
		}
		row.SourceFormat, row.Profile, row.EXIF, row.PHash = r.SourceFormat, r.Profile, r.EXIF, r.PHash
		row.OriginalWidth, row.OriginalHeight, row.Width, row.Height = r.OriginalWidth, r.OriginalHeight, r.Width, r.Height
		d.offset, d.size = offset, size
		f.watch.Row(f.job, Item{URL: row.URL})
	}
	return true, nil
}

// renewed is the observation of bytes that were taken over. What a 304 says of their validators counts, and it need not repeat
// what is as it was.
func renewed(id string, r *schemas.Recalled, resp *fetch.Response) schemas.Observation {
	x := schemas.Observation{ID: id, StartedMS: time.Now().UnixMilli(), AskedMS: r.AskedMS}
	if resp != nil {
		x = observation(id, *resp)
	}
	if x.ETag == "" {
		x.ETag = r.ETag
	}
	if x.Modified == "" {
		x.Modified = r.Modified
	}
	x.Since = r.Since
	return x
}
