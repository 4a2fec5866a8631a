package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/minio/minio-go/v7"

	"pairmill/store"
)

// headSize is how much comes with the answer that says that an object exists: small objects, such as commit records,
// take one request.
const headSize = 64 << 10

// Open implements store.Store. It reads the object's first 64 KiB. The object is read under ctx: when that ends, so
// does the reading. An object that changed since it was opened, which immutable ones do not, is an error.
func (s *Store) Open(ctx context.Context, key string) (store.Object, error) {
	path, err := s.path(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", key, err)
	}
	o := &object{s: s, ctx: ctx, path: path, info: store.Info{Key: key}}
	err = s.do(ctx, o.start)
	if code(err) == "AccessDenied" && s.unlisted(ctx, path) {
		err = store.ErrNotExist
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", key, s.explain(err))
	}
	return o, nil
}

// unlisted tells whether a listing, which these credentials may make, shows no object at path. Amazon answers a GET of what is
// not there with 403 unless listing is allowed without a condition.
func (s *Store) unlisted(ctx context.Context, path string) bool {
	page, err := s.page(ctx, strings.TrimPrefix(path, s.cfg.Prefix), "")
	return err == nil && (len(page) == 0 || page[0].Key != path)
}

// start gets the first bytes, and with them what the object is.
func (o *object) start(ctx context.Context) error {
	var opts minio.GetObjectOptions
	if err := opts.SetRange(0, headSize-1); err != nil {
		return err
	}
	r, info, header, err := o.s.client.GetObject(ctx, o.s.cfg.Bucket, o.path, opts)
	if code(err) == "InvalidRange" { // it is empty
		info, err = o.s.client.StatObject(ctx, o.s.cfg.Bucket, o.path, minio.StatObjectOptions{})
		o.describe(info)
		return err
	}
	if err != nil {
		return err
	}
	defer r.Close()
	o.describe(info)
	if v := header.Get("Content-Range"); v != "" {
		if _, o.info.Size, err = contentRange(v); err != nil {
			return err
		}
	}
	o.head = make([]byte, min(headSize, o.info.Size))
	if _, err := io.ReadFull(r, o.head); err != nil {
		return fmt.Errorf("read: %w", noEOF(err))
	}
	return nil
}

// describe notes what a server says of the object.
func (o *object) describe(info minio.ObjectInfo) {
	o.stat, o.info.Size, o.info.Version = info, info.Size, info.ETag
}

// get asks for the bytes from off to the one before end.
func (o *object) get(ctx context.Context, off, end int64) (io.ReadCloser, error) {
	var opts minio.GetObjectOptions
	if err := opts.SetRange(off, end-1); err != nil {
		return nil, err
	}
	if o.stat.ETag != "" {
		if err := opts.SetMatchETag(o.stat.ETag); err != nil {
			return nil, err
		}
	}
	r, _, header, err := o.s.client.GetObject(ctx, o.s.cfg.Bucket, o.path, opts)
	if code(err) == "PreconditionFailed" {
		return nil, permanent{errors.New("the object changed while it was open")}
	}
	if err != nil {
		return nil, err
	}
	if first, _, err := contentRange(header.Get("Content-Range")); err != nil || first != off {
		r.Close()
		return nil, permanent{fmt.Errorf("asked for the bytes from %d on, the server sent %q: it does not support ranges", off, header.Get("Content-Range"))}
	}
	return r, nil
}

// contentRange reads "bytes 0-99/1234" (RFC 9110, section 14.4): the first byte's offset and the whole's size.
func contentRange(v string) (first, size int64, err error) {
	span, total, _ := strings.Cut(strings.TrimPrefix(v, "bytes "), "/")
	from, _, ok := strings.Cut(span, "-")
	first, err1 := strconv.ParseInt(from, 10, 64)
	size, err2 := strconv.ParseInt(total, 10, 64)
	if !ok || err1 != nil || err2 != nil || first < 0 || first >= size {
		return 0, 0, fmt.Errorf("bad Content-Range %q", v)
	}
	return first, size, nil
}

// noEOF makes an end that came too early an error of its own, which is retried.
func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
