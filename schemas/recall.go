package schemas

import (
	"fmt"
	"reflect"
	"slices"
)

// Recalled is what an earlier run knows of a picture's URL: one line of a table that a run since that one makes first,
// sorted by URL, with one line for each.
type Recalled struct {
	URL      string `parquet:"url"`
	ETag     string `parquet:"etag"`          // of the answer, as its site sent it
	Modified string `parquet:"last_modified"` // the same
	AskedMS  int64  `parquet:"asked_ms"`      // Unix milliseconds: when the site was asked last
	Since    string `parquet:"since"`         // the run that received the bytes
	Tar      string `parquet:"tar"`           // key of the shard that has the picture, at Row.ImageOffset; empty = it was dropped
	Row      Row    `parquet:"row"`           // what came of the bytes; what its candidate said of it is left out
}

// Waiting is what the plan of a run since another leaves for later: its first jobs, which begin when that run is recalled.
type Waiting struct {
	Jobs []Job `json:"jobs"`
}

// SamePictures tells whether equal bytes come to the same under two specs, so that a run of the one can take over what a run of
// the other has. The error says what differs.
func SamePictures(a, b Spec) error {
	for _, part := range []struct {
		name string
		a, b any
	}{
		{"image", a.Image, b.Image},
		{"filter", a.Filter, b.Filter},
		{"fetch.opt_out", a.Fetch.OptOut, b.Fetch.OptOut},
		{"fetch.max_bytes", a.Fetch.MaxBytes, b.Fetch.MaxBytes},
		{"hashes", a.hashes(), b.hashes()},
	} {
		if !reflect.DeepEqual(part.a, part.b) {
			return fmt.Errorf("%s is %+v, and was %+v", part.name, part.a, part.b)
		}
	}
	return nil
}

// hashes are the settings of what is hashed and blurred.
func (s Spec) hashes() (out []string) {
	if s.Deliver != nil {
		out = append(out, "deliver.hash "+s.Deliver.Hash)
	}
	if l := s.Source.List; l != nil {
		if l.Hash != nil {
			out = append(out, fmt.Sprintf("source.list.hash %+v", *l.Hash))
		}
		if l.Boxes != "" {
			out = append(out, "source.list.boxes "+l.Boxes)
		}
	}
	return slices.Clip(out)
}
