package verify

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"pairmill/schemas"
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

// sampleMembers is how many files each of our samples has.
const sampleMembers = 3

// unreadableTar reports a tar that does not read, at the member whose header is broken: a reader that groups members
// is one sample behind when it meets it. keys names the samples that should be there.
func (c *checker) unreadableTar(ctx context.Context, key string, n int64, cause error, keys func(row int64) string) {
	p, place := at{object: key, row: n}, ""
	if o, err := c.store.Open(ctx, key); err == nil {
		defer o.Close()
		if members, offset, ok := brokenHeader(o, o.Info().Size); ok {
			p.row, place = int64(members/sampleMembers), fmt.Sprintf("header at byte %d", offset)
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

// rewrite looks for bytes that have changed in a tar of which every sample is right: headers, padding, what ends the
// archive. The samples, written again, are the same bytes.
func (c *checker) rewrite(ctx context.Context, tar schemas.Object) {
	if !c.broken[tar.Key] || c.found[tar.Key] > 0 {
		return
	}
	o, err := c.store.Open(ctx, tar.Key)
	if err != nil {
		c.unreadable(ctx, whole(tar.Key), "", err)
		return
	}
	defer o.Close()
	var buf bytes.Buffer
	offset, n := int64(0), int64(0)
	w := webdataset.NewWriter(&buf)
	differs := func(p at) bool {
		got := make([]byte, buf.Len())
		if _, err := o.ReadAt(got, offset); err != nil && !errors.Is(err, io.EOF) {
			c.unreadable(ctx, p, "", err)
			return true
		}
		i := firstDifference(buf.Bytes(), got)
		if i < len(got) {
			c.reportAt(p, Bytes, fmt.Sprintf("byte %d", offset+int64(i)), around(buf.Bytes(), i), around(got, i))
			return true
		}
		offset += int64(buf.Len())
		buf.Reset()
		return false
	}
	for s, err := range samples(ctx, c.store, tar.Key) {
		p := at{tar.Key, n, s.Key}
		if err == nil {
			_, err = w.Write(s.Key, plain(s.Members)...)
		}
		if err != nil {
			c.unreadable(ctx, p, "", err)
			return
		}
		if differs(p) {
			return
		}
		n++
	}
	if err := w.Close(); err != nil {
		c.fail(err)
		return
	}
	if end := whole(tar.Key); !differs(end) && offset != o.Info().Size {
		c.reportAt(end, Bytes, fmt.Sprintf("byte %d", offset), "the end", fmt.Sprintf("%d bytes more", o.Info().Size-offset))
	}
}

func plain(members []webdataset.MemberAt) []webdataset.Member {
	out := make([]webdataset.Member, len(members))
	for i, m := range members {
		out[i] = webdataset.Member{Ext: m.Ext, Data: m.Data}
	}
	return out
}
