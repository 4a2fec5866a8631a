package workers

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"strings"

	"pairmill/imaging"
	"pairmill/schemas"
)

// wish is what a list's row wants done with its picture.
type wish struct {
	plain     bool          // nothing that differs from row to row
	algorithm string        // of the digest; empty = none
	hash      string        // what the digest must be; empty = anything
	boxes     []imaging.Box // to blur
}

// plain tells whether all rows of a run want the same done with their pictures.
func (r *Run) plain() bool {
	l := r.Spec.Source.List
	return l == nil || l.Hash == nil && l.Boxes == ""
}

// wanted reads a row's wish out of its listed values.
func (f *fetching) wanted(i int) (wish, error) {
	l := f.run.Spec.Source.List
	if l == nil {
		return wish{plain: true}, nil
	}
	w := wish{plain: f.run.plain()}
	if d := f.run.Spec.Deliver; d != nil {
		w.algorithm = d.Hash
	}
	if l.Hash != nil {
		w.algorithm = l.Hash.Algorithm
	}
	if w.plain {
		return w, nil
	}
	values, err := schemas.DecodeListed(f.style.Columns, f.candidates[i].Listed)
	if err != nil {
		return w, fmt.Errorf("listed values of row %d: %w", i, err)
	}
	for at, c := range f.style.Columns {
		switch {
		case l.Hash != nil && c.Name == l.Hash.Algorithm:
			if s, ok := values[at].(string); ok {
				w.hash = strings.ToLower(strings.TrimSpace(s))
			}
		case c.Name == l.Boxes && l.Boxes != "":
			w.boxes = boxes(values[at])
		}
	}
	return w, nil
}

// boxes reads [[x0, y0, x1, y1], …]; what is none of that has no box.
func boxes(value any) []imaging.Box {
	lists, _ := value.([][]float64)
	var out []imaging.Box
	for _, b := range lists {
		if len(b) == 4 {
			out = append(out, imaging.Box{X0: b[0], Y0: b[1], X1: b[2], Y1: b[3]})
		}
	}
	return out
}

// digest hashes a picture's bytes by the wanted algorithm; sum is their sha256.
func (w wish) digest(body []byte, sum [sha256.Size]byte) string {
	switch w.algorithm {
	case "md5":
		d := md5.Sum(body)
		return hex.EncodeToString(d[:])
	case "sha512":
		d := sha512.Sum512(body)
		return hex.EncodeToString(d[:])
	case "sha256":
		return hex.EncodeToString(sum[:])
	}
	return ""
}

// check compares the digest with the one that the list promised.
func (w wish) check(digest string) (schemas.Reason, string) {
	if w.hash == "" || w.hash == digest {
		return schemas.Kept, ""
	}
	return schemas.HashMismatch, fmt.Sprintf("%s is %s, the list has %.128s", w.algorithm, digest, w.hash)
}
