package cluster

import (
	"context"
	"iter"
	"time"
)

// Memo is a value that is remembered.
type Memo struct {
	Name  string
	Value []byte
	Left  time.Duration // how much longer it is kept, by the medium's clock
}

// Memory keeps small values for a while, for whoever comes after the process that knew them. Groups and names are as
// schemas.ValidName has them.
type Memory interface {
	// Remember keeps a value of at most MaxMemo bytes for at least ttl, in the place of an earlier one of that group and
	// name. When it has returned nil, every later Recall finds it.
	Remember(ctx context.Context, group, name string, value []byte, ttl time.Duration) error

	// Recall lists what is remembered of a group, in any order.
	Recall(ctx context.Context, group string) iter.Seq2[Memo, error]
}

// MaxMemo is the largest value that is remembered, in bytes.
const MaxMemo = 4 << 10
