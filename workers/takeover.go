package workers

import (
	"context"

	"pairmill/fetch"
	"pairmill/schemas"
)

// takeOver gives rows what the earlier run made of the same bytes. It is false when that is not there any more, and an error
// when it could not be kept. resp is the answer that nothing has changed; nil where nobody was asked.
func (f *fetching) takeOver(ctx context.Context, rows []int, r *schemas.Recalled, resp *fetch.Response) (bool, error) {
	var offset, size int64
	if r.Tar != "" {
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
	x := schemas.Observation{ID: id, StartedMS: r.AskedMS}
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
