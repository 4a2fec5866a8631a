package verify

import (
	"fmt"
	"io"

	"pairmill/store"
)

// difference is a writer that compares what it is given with an object.
type difference struct {
	object store.Object
	size   int64
	at     int64

	next  int64  // the row that is being written
	where string // in words

	count     int // bytes that differ
	row       int64
	offset    int64
	region    string
	want, got string
}

// trustedBytes is how many bytes may differ before it is more likely that the object was written by another version
// of this program than that it was damaged.
const trustedBytes = 512

func (d *difference) trusted() bool {
	if d.count == 0 && d.at != d.size {
		d.row, d.offset, d.region, d.want, d.got = Whole, d.at, "", "the end", fmt.Sprintf("%d bytes more", d.size-d.at)
		return true
	}
	return d.count > 0 && d.count <= trustedBytes
}

// Write compares p with what stands at its place.
func (d *difference) Write(p []byte) (int, error) {
	got := make([]byte, len(p))
	n, err := d.object.ReadAt(got, d.at)
	if err != nil && err != io.EOF {
		return 0, err
	}
	for i := range p {
		if i < n && p[i] == got[i] {
			continue
		}
		if d.count == 0 {
			d.row, d.offset, d.region = d.next, d.at+int64(i), d.where
			d.want, d.got = around(p, i), around(got[:n], min(i, n))
		}
		d.count++
	}
	d.at += int64(len(p))
	return len(p), nil
}
