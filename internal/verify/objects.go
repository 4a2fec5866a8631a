package verify

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"strings"

	"pairmill/internal/extsort"
	"pairmill/schemas"
	"pairmill/store"
)

// naming is what one record says of one object; without a role it only uses it.
type naming struct {
	Key    string `parquet:"key"`
	By     string `parquet:"by"` // the record
	Role   string `parquet:"role"`
	Size   int64  `parquet:"size"`
	SHA256 string `parquet:"sha256"`
}

func compareNamings(a, b naming) int {
	return cmp.Or(cmp.Compare(a.Key, b.Key), -cmp.Compare(min(1, len(a.Role)), min(1, len(b.Role))), cmp.Compare(a.By, b.By))
}

const namingSize = 400

func name(s *extsort.Sorter[naming], by, prefix string, o schemas.Object) error {
	return s.Add(naming{Key: prefix + o.Key, By: by, Role: o.Role, Size: o.Size, SHA256: o.SHA256.String()}, namingSize)
}

// objects holds every named object against its size and sha256, and tells of the objects below prefix that nothing
// names. plain tells which of those need no name.
func (c *checker) objects(ctx context.Context, prefix string, named iter.Seq2[naming, error], plain func(key string) bool) error {
	next, stop := iter.Pull2(c.store.List(ctx, prefix))
	defer stop()
	listed, err, more := next()
	var last naming
	for n, nerr := range named {
		if nerr != nil || err != nil {
			return errors.Join(nerr, err)
		}
		if c.err != nil {
			return nil
		}
		if n.Key == last.Key {
			c.again(last, n)
			continue
		}
		last = n
		for ; more && err == nil && listed.Key <= n.Key; listed, err, more = next() {
			c.garbage(listed, listed.Key == n.Key || plain(listed.Key))
		}
		c.object(ctx, n)
	}
	for ; more && err == nil; listed, err, more = next() {
		c.garbage(listed, plain(listed.Key))
	}
	return err
}

func (c *checker) garbage(o store.Info, named bool) {
	if !named {
		c.report(Finding{Object: o.Key, Row: Whole, Check: Garbage, Got: show(o.Size) + " bytes that nothing names"})
	}
}

// again checks a second naming of an object.
func (c *checker) again(first, n naming) {
	if n.Role == "" || first.Role == "" {
		return
	}
	equal(c, whole(n.By), Record, "size of "+n.Key, first.Size, n.Size)
	equal(c, whole(n.By), Record, "sha256 of "+n.Key, first.SHA256, n.SHA256)
}

// object reads an object and compares.
func (c *checker) object(ctx context.Context, n naming) {
	if n.Role == "" {
		c.unnamed(n)
		return
	}
	o, err := c.store.Open(ctx, n.Key)
	if err != nil {
		c.unopened(ctx, n, err)
		return
	}
	defer o.Close()
	sum, size, err := store.HashOf(ctx, o)
	if err != nil {
		c.unreadable(ctx, whole(n.Key), "", err)
		return
	}
	c.cfg.Progress(n.Key, size)
	blame := whole(n.Key)
	if c.misnamed(n, sum) {
		blame = whole(n.By)
	} else if sum.String() != n.SHA256 {
		c.broken[n.Key], c.roles[n.Key] = true, n.Role
	}
	equal(c, blame, Size, "size of "+n.Key, n.Size, size)
	equal(c, blame, SHA256, "sha256 of "+n.Key, n.SHA256, sum.String())
}

// misnamed tells whether it is the record that is wrong about an object: the object has the content that its own key
// or another record says, or the record's hash is nearly the object's, which no other content has.
func (c *checker) misnamed(n naming, sum schemas.Hash) bool {
	other, ok := c.second[n.Key]
	return c.broken[n.By] || ok && other == sum || strings.Contains(n.Key, "."+sum.Short()+".") || nearly(sum.String(), n.SHA256)
}

// nearly tells whether two hashes share most of their digits. Of two that have nothing to do with each other 4 of 64
// agree, and 32 never.
func nearly(a, b string) bool {
	same := 0
	for i := range min(len(a), len(b)) {
		if a[i] == b[i] {
			same++
		}
	}
	return same >= 32
}

// unnamed reports an input that no record names. While records are missing that proves nothing.
func (c *checker) unnamed(n naming) {
	if !c.gaps {
		c.gaps, c.broken[n.By] = true, true
		c.reportAt(whole(n.By), Record, "input", "an object that a record names", n.Key)
	}
}

// unopened reports an object that is not there. Where the record that names it has changed, it may have the wrong name: one
// that stands elsewhere with the hash that the record gives shows which was meant.
func (c *checker) unopened(ctx context.Context, n naming, err error) {
	if !errors.Is(err, store.ErrNotExist) && !errors.Is(err, store.ErrBadKey) {
		c.unreadable(ctx, whole(n.Key), "", err)
		return
	}
	c.gaps, c.broken[n.Key] = true, true
	if c.broken[n.By] {
		c.reportAt(whole(n.By), Record, "key of a "+n.Role, c.sibling(ctx, n), n.Key)
		return
	}
	c.reportAt(whole(n.Key), Missing, "", "named by "+n.By, "")
}

// sibling finds an object whose key carries the hash of a naming; empty when there is none.
func (c *checker) sibling(ctx context.Context, n naming) (key string) {
	if len(n.SHA256) < 16 || n.Role == schemas.RoleDelivered { // a delivered tar is a run shard's content under a second name
		return ""
	}
	if !strings.HasPrefix(n.By, "runs/") {
		return ""
	}
	run, _, _ := strings.Cut(strings.TrimPrefix(n.By, "runs/"), "/")
	for info, err := range c.store.List(ctx, store.Run(run)) {
		if err != nil {
			c.fail(err)
			return ""
		}
		if strings.Contains(info.Key, "."+n.SHA256[:16]+".") {
			return info.Key
		}
	}
	return ""
}

// recordObjects collects what the commit records of a run name and use.
func recordObjects(ctx context.Context, c *checker, run string, out *extsort.Sorter[naming]) error {
	for key, rec := range c.records(ctx, run) {
		for _, o := range rec.Objects {
			if err := name(out, key, "", o); err != nil {
				return err
			}
		}
		inputs := []string{rec.Job.Input}
		for _, next := range rec.Next {
			inputs = append(inputs, next.Input)
		}
		for _, input := range inputs {
			if input == "" {
				continue
			}
			if err := out.Add(naming{Key: input, By: key}, namingSize); err != nil {
				return err
			}
		}
	}
	return c.err
}
