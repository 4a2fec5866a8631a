package verify

import (
	"archive/tar"
	"context"
	"fmt"
	"io"
	"iter"

	"pairmill/store"
	"pairmill/store/webdataset"
)

// samples yields the samples of a tar.
func samples(ctx context.Context, s store.Store, key string) iter.Seq2[webdataset.Sample, error] {
	return func(yield func(webdataset.Sample, error) bool) {
		o, err := s.Open(ctx, key)
		if err != nil {
			yield(webdataset.Sample{}, err)
			return
		}
		defer o.Close()
		for sample, err := range webdataset.Read(o, key) {
			if err == nil {
				err = ctx.Err()
			}
			if !yield(sample, err) || err != nil {
				return
			}
		}
	}
}

// tarBlock is the unit of a tar: headers take one, contents are padded to it.
const tarBlock = 512

// sampleMembers is how many files each of our samples has: picture, .json and .txt.
const sampleMembers = 3

// perSample is how many files each sample of a run shard has.
func (s style) perSample() int {
	if s.known && !s.caption {
		return sampleMembers - 1
	}
	return sampleMembers
}

// unreadableTar reports a tar that does not read, at the member whose header is broken: a reader that groups members
// is one sample behind when it meets it. each is how many members a sample has; keys names the samples that should be there.
func (c *checker) unreadableTar(ctx context.Context, key string, n int64, each int, cause error, keys func(row int64) string) {
	p, place := at{object: key, row: n}, ""
	if o, err := c.store.Open(ctx, key); err == nil {
		defer o.Close()
		if members, offset, ok := brokenHeader(o, o.Info().Size); ok {
			p.row, place = int64(members/each), fmt.Sprintf("header at byte %d", offset)
		}
	}
	p.key = keys(p.row)
	c.unreadable(ctx, p, place, cause)
}

// brokenHeader returns the first member whose header does not read or whose content is cut.
func brokenHeader(r io.ReaderAt, size int64) (members int, offset int64, ok bool) {
	for offset < size {
		h, err := tar.NewReader(io.NewSectionReader(r, offset, size-offset)).Next()
		if err == io.EOF {
			return 0, 0, false
		}
		if err != nil || offset+tarBlock+h.Size > size {
			return members, offset, true
		}
		members++
		offset += tarBlock + (h.Size+tarBlock-1)/tarBlock*tarBlock
	}
	return members, offset, true
}
