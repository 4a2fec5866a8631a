// Package store keeps immutable objects by key.
//
// It is the ledger of a run: what is in it is done, and nothing else is remembered anywhere. Its promises are the
// ones that recovery rests on. Put is all-or-nothing and create-only; List is in key order and strongly consistent:
// it shows every Put that returned before it was called. Implementations are the sub-packages named by their
// medium; storetest is the suite that each of them passes.
package store

import (
	"context"
	"errors"
	"io"
	"iter"

	"pairmill/schemas"
)

// Errors that callers decide on. Implementations wrap them with the key.
var (
	ErrNotExist = errors.New("object does not exist")
	ErrConflict = errors.New("object exists with other content")
	ErrBadKey   = errors.New("bad object key")
	ErrMismatch = errors.New("content does not match its announced size and sha256")
)

// Info describes an object.
type Info struct {
	Key  string
	Size int64

	// Version tells an object from another that came to its key after it was deleted or overwritten, which nothing of
	// ours does to what it has put: a modification time, an ETag. List and Open say the same; Put leaves it empty, and so
	// does a store that cannot tell.
	Version string
}

// Blob is content on its way in: size and sha256 are known before the first byte is sent, so that half an object
// can never be taken for a whole one.
type Blob interface {
	io.ReaderAt
	Size() int64
	SHA256() schemas.Hash
}

// Object is an open object. Read and ReadAt may be mixed; ReadAt is safe for concurrent use.
type Object interface {
	io.Reader
	io.ReaderAt
	io.Closer
	Info() Info
}

// Store is immutable objects by key.
type Store interface {
	// Open returns ErrNotExist when there is no object at key.
	Open(ctx context.Context, key string) (Object, error)

	// Put creates the object at key, whole or not at all. Content that is already there makes it succeed again;
	// other content there is ErrConflict, and stays. Content that does not have the blob's size and sha256 is
	// ErrMismatch. After another error the object may or may not exist: Put again.
	Put(ctx context.Context, key string, b Blob) (Info, error)

	// List yields the objects whose key starts with prefix, in byte order of their keys.
	List(ctx context.Context, prefix string) iter.Seq2[Info, error]

	// Delete removes the object; an absent one is no error.
	Delete(ctx context.Context, key string) error
}

// Copier is a store that can give an object a second key without moving its bytes through the caller.
type Copier interface {
	// Copy makes to an object with from's content, under Put's promises.
	Copy(ctx context.Context, from, to string) error
}

// Replacer is a store that can do what Put promises never to do: put content in the place of other content. Repair alone
// does it, to what is damaged.
type Replacer interface {
	// Replace makes the object at key have the blob's content, whole or not at all: whoever opens it finds what stood there
	// before, or the blob. An object that is absent is created. Content that does not have the blob's size and sha256 is
	// ErrMismatch, and what stood there stays.
	Replace(ctx context.Context, key string, b Blob) error
}
