package workers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"pairmill/fetch"
	"pairmill/filter"
	"pairmill/imaging"
	"pairmill/schemas"
	"pairmill/sink"
	"pairmill/store"
)

// fetching is one fetch job in work. Hosts are visited side by side, each host's pictures one after the other;
// pixels are worked on beside that. Processed images go to a local file at once, so a slow host holds up nobody, and
// memory holds only what is between the socket and that file: bodies count against the fetcher's memory gate until their
// pixels are done, and pixels have a gate of their own.
type fetching struct {
	run        *Run
	job        schemas.Job
	watch      Watcher
	candidates []schemas.Candidate
	style      sink.ShardStyle
	decoder    Pictures
	slots      chan struct{} // of the process; nil = the job's own limit is enough
	pixels     chan struct{} // of the process: more pictures at a time than processors would only take each other's caches
	pictures   chan picture  // on their way from visit to work
	done       []outcome     // one for each candidate, each written by one goroutine

	recalled map[string]*schemas.Recalled // what an earlier run knows of URLs
	earlier  tars                         // its shards

	waits     *waits
	left      atomic.Int64 // URLs without an answer
	unvisited atomic.Int64 // hosts that cannot be asked yet: as many as may be are being asked

	mu     sync.Mutex // guards images
	images *store.Scratch
}

// outcome is what became of one candidate.
type outcome struct {
	row          schemas.Row
	offset, size int64 // of the processed image in the spool
	fetched      bool
	unchanged    bool // taken over from an earlier run
	requests     int64
	bytes        int64
	observed     bool
	observation  schemas.Observation
}

// all visits every host. As many goroutines as may fetch at a time take hosts in turn, and a few work on pixels: each goes on
// with the stack that it has grown.
func (f *fetching) all(ctx context.Context) error {
	f.done = make([]outcome, len(f.candidates))
	pixels, pctx := errgroup.WithContext(ctx)
	for range cap(f.pixels) {
		pixels.Go(func() error { return f.work(pctx) })
	}
	hosts, hctx := errgroup.WithContext(pctx)
	queues := f.byHost()
	defer f.waits.begin(f, queues)()
	visits := f.visits(queues)
	f.unvisited.Store(int64(cap(visits)))
	for range min(f.run.Spec.Fetch.Concurrency, cap(visits)) {
		hosts.Go(func() error { return f.visitAll(hctx, visits) })
	}
	err := hosts.Wait()
	close(f.pictures)
	return errors.Join(err, pixels.Wait())
}

// visits hands out each host as often as it may be asked at the same time.
func (f *fetching) visits(queues []*queue) <-chan *queue {
	var all []*queue
	for _, urls := range queues {
		for range min(f.run.Spec.Fetch.PerHost, urls.len()) {
			all = append(all, urls)
		}
	}
	out := make(chan *queue, len(all))
	for _, urls := range all {
		out <- urls
	}
	close(out)
	return out
}

func rowOf(c schemas.Candidate) schemas.Row {
	return schemas.Row{
		ID: c.ID, URL: c.URL, Captions: c.Captions, PageURL: c.PageURL, Depth: c.Depth, License: c.License, OptOut: c.OptOut,
		Key: c.Key, Listed: c.Listed,
	}
}

// beforeRequest decides what is known without the picture. Captions that fail are left out; a row without any goes.
func (r *Run) beforeRequest(row *schemas.Row, c schemas.Candidate) (schemas.Reason, string) {
	if c.OptOut != "" {
		return schemas.OptOutPage, c.OptOut
	}
	if r.AnyText {
		return schemas.Kept, ""
	}
	var kept []schemas.Caption
	first, detail := schemas.CaptionEmpty, ""
	for i, caption := range c.Captions {
		text := filter.Text{Caption: caption.Text}
		reason := r.Texts.Reason(text)
		if reason == schemas.Kept {
			kept = append(kept, caption)
		} else if i == 0 {
			first, detail = reason, text.Detail(reason, r.Spec.Filter)
		}
	}
	if len(kept) == 0 {
		return first, detail
	}
	row.Captions = kept
	return schemas.Kept, ""
}

func (f *fetching) drop(i int, reason schemas.Reason, detail string) {
	f.done[i].row.Reason, f.done[i].row.Detail = string(reason), detail
	f.watch.Row(f.job, Item{URL: f.done[i].row.URL, Reason: reason, Detail: detail, Bytes: f.done[i].bytes})
}

func (f *fetching) visitAll(ctx context.Context, visits <-chan *queue) error {
	for q := range visits {
		f.unvisited.Add(-1)
		if err := f.visit(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// visit fetches what a host's queue hands out.
func (f *fetching) visit(ctx context.Context, q *queue) error {
	for {
		rows, ok := q.next()
		if !ok {
			return nil
		}
		if err := f.url(ctx, q, rows); err != nil {
			return err
		}
	}
}

// url gets what rows want: out of the earlier run where that is fresh enough, or where the site says that nothing has changed;
// else from the web.
func (f *fetching) url(ctx context.Context, q *queue, rows []int) error {
	known, err := f.known(rows)
	if err != nil {
		return err
	}
	if f.fresh(known) {
		taken, err := f.takeOver(ctx, rows, known, nil)
		if taken || err != nil {
			q.skip()
			f.left.Add(-1)
			return err
		}
		known = nil
	}
	resp, err := f.get(ctx, f.candidates[rows[0]].URL, had(known))
	if err != nil {
		return err
	}
	taken := false
	if resp.Unchanged {
		if taken, err = f.takeOver(ctx, rows, known, &resp); err == nil && !taken {
			resp, err = f.getAnyway(ctx, resp)
		}
		if err != nil {
			return err
		}
	}
	q.settle(resp)
	f.left.Add(-1)
	if taken {
		return nil
	}
	f.note(rows, resp)
	if resp.Reason != schemas.Kept {
		for _, i := range rows {
			f.drop(i, resp.Reason, resp.Detail)
		}
		return nil
	}
	return f.handOver(ctx, picture{rows, resp})
}

// getAnyway asks for a picture that has not changed and that the earlier run does not have any more.
func (f *fetching) getAnyway(ctx context.Context, was fetch.Response) (fetch.Response, error) {
	resp, err := f.get(ctx, was.URL, fetch.Had{})
	resp.Requests += was.Requests
	return resp, err
}

// get asks for one picture when there is a slot for it.
func (f *fetching) get(ctx context.Context, url string, had fetch.Had) (fetch.Response, error) {
	if f.slots != nil {
		if err := f.slot(ctx); err != nil {
			return fetch.Response{}, err
		}
		defer func() { <-f.slots }()
	}
	return f.run.Fetcher.Get(ctx, fetch.Request{URL: url, Kind: fetch.Image, Follow: true, Hold: true, Had: had})
}

// slot takes one of the process's slots.
func (f *fetching) slot(ctx context.Context) error {
	select {
	case f.slots <- struct{}{}:
		return nil
	default:
	}
	f.waits.slots.Add(1)
	defer f.waits.slots.Add(-1)
	select {
	case f.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// note enters what the host answered. Requests and bytes count for the first row that wanted them.
func (f *fetching) note(rows []int, resp fetch.Response) {
	first := &f.done[rows[0]]
	first.requests, first.bytes = int64(resp.Requests), int64(len(resp.Body))
	first.observed, first.observation = true, observation(first.row.ID, resp)
	for _, i := range rows {
		row := &f.done[i].row
		row.HTTPStatus, row.SourceBytes = int32(resp.Status), int64(len(resp.Body))
		if resp.FinalURL != row.URL {
			row.FinalURL = resp.FinalURL
		}
		f.done[i].fetched = resp.Reason == schemas.Kept
	}
}

func observation(id string, r fetch.Response) schemas.Observation {
	return schemas.Observation{
		ID: id, StartedMS: r.Started.UnixMilli(), WaitedMS: int32(r.Waited.Milliseconds()), TookMS: int32(r.Took.Milliseconds()),
		Redirects: int32(r.Redirects), ETag: r.Header.Get("ETag"), Modified: r.Header.Get("Last-Modified"),
		Server: r.Header.Get("Server"), MediaType: r.Header.Get("Content-Type"), Address: r.Address,
	}
}

// process turns the bytes into the image of each row that wanted them, or into their reason. Rows that want the same done
// share one image.
func (f *fetching) process(rows []int, body []byte) error {
	sum := sha256.Sum256(body)
	for len(rows) > 0 {
		want, err := f.wanted(rows[0])
		if err != nil {
			return err
		}
		var same, others []int
		for _, i := range rows {
			if f.candidates[i].Listed == f.candidates[rows[0]].Listed || want.plain {
				same = append(same, i)
			} else {
				others = append(others, i)
			}
		}
		if err := f.store(same, body, sum, want); err != nil {
			return err
		}
		rows = others
	}
	return nil
}

// store processes one picture for rows that want the same of it.
func (f *fetching) store(rows []int, body []byte, sum [sha256.Size]byte, want wish) error {
	digest := want.digest(body, sum)
	reason, detail, result := schemas.Kept, "", imaging.Result{}
	if reason, detail = want.check(digest); reason == schemas.Kept {
		var err error
		if reason, detail, result, err = f.decode(body, want.boxes); err != nil {
			return err
		}
	}
	exif := ""
	if reason == schemas.Kept && f.run.Spec.Image.EXIF {
		exif = imaging.EXIF(body)
	}
	var offset int64
	if reason == schemas.Kept {
		var err error
		if offset, err = f.spool(result.Data); err != nil {
			return err
		}
	}
	for _, i := range rows {
		row := &f.done[i].row
		row.SHA256, row.Digest = hex.EncodeToString(sum[:]), digest
		if reason != schemas.Kept {
			f.drop(i, reason, detail)
			continue
		}
		row.SourceFormat, row.Profile, row.EXIF = result.SourceFormat, result.Profile, exif
		if !f.run.Spec.Image.Untouched {
			row.PHash = fmt.Sprintf("%016x", result.PHash)
		}
		row.OriginalWidth, row.OriginalHeight = int32(result.OriginalWidth), int32(result.OriginalHeight)
		row.Width, row.Height = int32(result.Width), int32(result.Height)
		f.done[i].offset, f.done[i].size = offset, int64(len(result.Data))
		f.watch.Row(f.job, Item{URL: row.URL, Bytes: f.done[i].bytes})
	}
	return nil
}

// decode filters by the header and only then decodes. An error is no verdict on the picture: the job is tried again.
func (f *fetching) decode(body []byte, boxes []imaging.Box) (schemas.Reason, string, imaging.Result, error) {
	if f.run.Spec.Image.Untouched {
		return schemas.Kept, "", imaging.Result{Data: body}, nil
	}
	header, err := imaging.ReadHeader(body)
	if err == nil {
		size := filter.Image{Width: header.Width, Height: header.Height, Bytes: int64(len(body))}
		if reason := f.run.Sizes.Reason(size); reason != schemas.Kept {
			return reason, size.Detail(reason, f.run.Spec.Filter), imaging.Result{}, nil
		}
		var result imaging.Result
		if result, err = f.decoder.Process(body, boxes...); err == nil {
			return schemas.Kept, "", result, nil
		}
	}
	var refused *imaging.Error
	if errors.As(err, &refused) {
		return refused.Reason, refused.Detail, imaging.Result{}, nil
	}
	return schemas.Kept, "", imaging.Result{}, fmt.Errorf("decode a picture: %w", err)
}

// spool appends a processed image to the job's local file.
func (f *fetching) spool(image []byte) (offset int64, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	offset = f.images.Size()
	if _, err := f.images.Write(image); err != nil {
		return 0, fmt.Errorf("spool image: %w", err)
	}
	return offset, nil
}
