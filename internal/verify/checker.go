package verify

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"pairmill/internal/extsort"
	"pairmill/schemas"
	"pairmill/store"
)

// Config of a verification. The zero value works.
type Config struct {
	// ReadSpec parses a run's spec. Default nil: the spec is not read, and what follows from it is not recomputed: the
	// order of the shuffle, the keys of a list's rows, the form of delivered shards.
	ReadSpec func(name string, data []byte) (schemas.Spec, error)

	// Dir is where joins spill. Default: the system's folder for temporary files.
	Dir string

	// PerObject is how many findings of one object are reported; more are left out. Default 100: enough to see what
	// is wrong with a table of which every row is.
	PerObject int

	// Progress is called after each object that was read, from one goroutine. Default: nobody is told.
	Progress func(key string, bytes int64)
}

func (c Config) withDefaults() Config {
	if c.PerObject <= 0 {
		c.PerObject = 100
	}
	if c.Progress == nil {
		c.Progress = func(string, int64) {}
	}
	return c
}

// checker is one verification in work, used by one goroutine.
type checker struct {
	store store.Store
	cfg   Config
	yield func(Finding) bool

	err     error                   // what ended the verification
	by      string                  // the record whose objects are being checked
	second  map[string]schemas.Hash // what another record says of objects with plain names
	roles   map[string]string       // of objects with other content than was said of them
	broken  map[string]bool         // objects that are absent or have other content than was said of them
	found   map[string]int          // findings by object, hashes and sizes left out
	torn    map[string]bool         // objects that did not read to their end
	gaps    bool                    // something could not be read: that a row has no counterpart proves nothing
	counted bool                    // a count was found wrong: sums of counts prove nothing
}

// errStopped ends a verification whose reader has seen enough.
var errStopped = errors.New("reader stopped")

// findings runs work as a sequence.
func findings(s store.Store, cfg Config, work func(c *checker) error) iter.Seq2[Finding, error] {
	return func(yield func(Finding, error) bool) {
		c := (&checker{store: s, cfg: cfg.withDefaults()}).fresh()
		c.yield = func(f Finding) bool { return yield(f, nil) }
		err := work(c)
		if c.err != nil {
			err = c.err
		}
		if err != nil && err != errStopped {
			yield(Finding{}, err)
		}
	}
}

// report passes a finding on. Nothing more is passed on once the reader has stopped.
func (c *checker) report(f Finding) {
	if f.Check != Size && f.Check != SHA256 {
		c.found[f.Object]++
	}
	if c.err != nil || c.found[f.Object] > c.cfg.PerObject {
		return
	}
	if !c.yield(f) {
		c.err = errStopped
	}
}

// fail ends the verification with an error of the store.
func (c *checker) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

// at is a row of an object, or an object.
type at struct {
	object string
	row    int64
	key    string
}

func whole(object string) at { return at{object, Whole, ""} }

// reportAt reports a finding at a place.
func (c *checker) reportAt(p at, check Check, place string, want, got any) {
	c.report(Finding{Object: p.object, Row: p.row, Key: p.key, Place: place, Check: check, Want: show(want), Got: show(got)})
}

// equal reports a value that is not what it should be.
func equal[T comparable](c *checker, p at, check Check, place string, want, got T) {
	if want != got {
		c.reportAt(p, check, place, want, got)
	}
}

// agree reports two values that should be the same: of b, unless only a's object has changed.
func agree[T comparable](c *checker, a, b at, check Check, place string, va, vb T) {
	switch {
	case va == vb:
	case c.broken[a.object] && !c.broken[b.object]:
		c.reportAt(a, check, place, vb, va)
	default:
		c.reportAt(b, check, place, va, vb)
	}
}

// showLimit keeps a value in a finding readable.
const showLimit = 200

func show(v any) string {
	s := fmt.Sprint(v)
	if len(s) > showLimit {
		s = s[:showLimit] + "…"
	}
	return s
}

// declared holds a number of rows against what a record says. When the object has not changed, the record has.
func (c *checker) declared(o schemas.Object, n int64) {
	p := whole(o.Key)
	if c.by != "" && !c.broken[o.Key] {
		p = whole(c.by)
	}
	equal(c, p, Rows, "rows of "+o.Key, o.Rows, n)
}

// unreadable reports an object that does not read from row on. One that is missing has been reported.
func (c *checker) unreadable(ctx context.Context, p at, place string, err error) {
	c.gaps, c.broken[p.object], c.torn[p.object] = true, true, true
	switch {
	case ctx.Err() != nil:
		c.fail(ctx.Err())
	case !errors.Is(err, store.ErrNotExist):
		c.reportAt(p, Decode, place, "", err)
	}
}

// sorter makes a sorter that spills where the Config says.
func sorter[T any](c *checker, compare func(a, b T) int) *extsort.Sorter[T] {
	return extsort.New(compare, extsort.Config{Dir: c.cfg.Dir})
}
