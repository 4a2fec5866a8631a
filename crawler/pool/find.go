package pool

import (
	"context"
	"fmt"

	"pairmill/store"
)

// Place is where a row stands.
type Place struct {
	File int   // its index in Pool.Files
	Row  int64 // in that file's table and arrays
}

// Find returns the places of uids. It begins with the file guess and goes on to its neighbours, further and further from the
// first file in which it found something, until all are found or all files were read. Of a uid that stands there twice one
// place is returned, the same every time. Empty uids have none.
func (p *Pool) Find(ctx context.Context, s store.Store, guess int, uids []string) (map[string]Place, error) {
	wanted := map[string]bool{}
	for _, uid := range uids {
		if uid != "" {
			wanted[uid] = true
		}
	}
	found := map[string]Place{}
	read := make([]bool, len(p.Files))
	center := max(0, min(guess, len(p.Files)-1))
	for range p.Files {
		if len(wanted) == 0 {
			break
		}
		i := nearest(read, center)
		read[i] = true
		before := len(found)
		if err := p.scan(ctx, s, i, wanted, found); err != nil {
			return nil, err
		}
		if before == 0 && len(found) > 0 {
			center = i
		}
	}
	return found, nil
}

// nearest returns the unread file that is nearest to one, the later of two.
func nearest(read []bool, center int) int {
	for d := range len(read) {
		for _, i := range []int{center + d, center - d} {
			if i >= 0 && i < len(read) && !read[i] {
				return i
			}
		}
	}
	return center
}

// scan moves uids that stand in a file from wanted to found.
func (p *Pool) scan(ctx context.Context, s store.Store, file int, wanted map[string]bool, found map[string]Place) error {
	f := &p.Files[file]
	t, err := f.open(ctx, s)
	if err != nil {
		return err
	}
	defer t.Close()
	row := int64(0)
	for values, err := range t.Range(ctx, 0, f.Rows, UID) {
		if err != nil {
			return err
		}
		if uid := text(values[0]); wanted[uid] {
			delete(wanted, uid)
			found[uid] = Place{file, row}
		}
		if row++; len(wanted) == 0 {
			break
		}
	}
	return nil
}

// text is a uid as text: old writers leave out that bytes are text.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []byte:
		return string(v)
	case nil:
		return ""
	}
	return fmt.Sprint(v)
}
