package workers

import (
	"context"

	"pairmill/fetch"
)

// picture is one that has come and whose pixels are to be worked on. Its body counts until then.
type picture struct {
	rows []int // that want it
	resp fetch.Response
}

// handOver waits until somebody has time for the picture.
func (f *fetching) handOver(ctx context.Context, p picture) error {
	select {
	case f.pictures <- p:
		return nil
	default:
	}
	f.waits.pixels.Add(1)
	defer f.waits.pixels.Add(-1)
	select {
	case f.pictures <- p:
		return nil
	case <-ctx.Done():
		p.resp.Release()
		return context.Cause(ctx)
	}
}

// work works on the pixels of one picture after the other, until there are no more.
func (f *fetching) work(ctx context.Context) error {
	for p := range f.pictures {
		if err := f.workOn(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// workOn waits for a processor, which other jobs may have.
func (f *fetching) workOn(ctx context.Context, p picture) error {
	defer p.resp.Release()
	select {
	case f.pixels <- struct{}{}:
		defer func() { <-f.pixels }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return f.process(p.rows, p.resp.Body)
}
