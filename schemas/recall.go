package schemas

import (
	"fmt"
	"reflect"
	"slices"
)

// Recalled is what an earlier run knows of a picture's URL: a value of a keyed file that a run since that one makes first.
type Recalled struct {
	URL      string `json:"url"`
	ETag     string `json:"etag,omitempty"`          // of the answer, as its site sent it
	Modified string `json:"last_modified,omitempty"` // the same
	AskedMS  int64  `json:"asked_ms"`                // Unix milliseconds: when the site was asked last
	Since    string `json:"since"`                   // the run that received the bytes
	Tar      string `json:"tar,omitempty"`           // key of the shard that has the picture; empty = it was dropped

	// What came of the bytes, as in Row.
	Reason         string `json:"reason,omitempty"`
	Detail         string `json:"detail,omitempty"`
	FinalURL       string `json:"final_url,omitempty"`
	HTTPStatus     int32  `json:"http_status"`
	SourceFormat   string `json:"source_format,omitempty"`
	SourceBytes    int64  `json:"source_bytes"`
	SHA256         string `json:"sha256"`
	PHash          string `json:"phash,omitempty"`
	OriginalWidth  int32  `json:"original_width,omitempty"`
	OriginalHeight int32  `json:"original_height,omitempty"`
	Width          int32  `json:"width,omitempty"`
	Height         int32  `json:"height,omitempty"`
	ImageSHA256    string `json:"image_sha256,omitempty"`
	ImageOffset    int64  `json:"image_offset,omitempty"`
	ImageBytes     int64  `json:"image_bytes,omitempty"`
	Profile        string `json:"profile,omitempty"`
	EXIF           string `json:"exif,omitempty"`
	Digest         string `json:"digest,omitempty"`
	Listed         string `json:"listed,omitempty"`
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
