package imaging

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
)

//go:embed exif_tags.tsv
var exifTable string

// exifTag is what is known of one tag: its name and how its values are written.
type exifTag struct {
	name  string
	style string           // text, comment, or the directory that the tag points to; empty for plain values
	words map[int64]string // by value, or nil
}

// exifTags are the known tags by directory, Image, GPS or Interoperability, and number.
var exifTags = sync.OnceValue(func() map[string]map[uint16]exifTag {
	tags := map[string]map[uint16]exifTag{}
	for line := range strings.Lines(exifTable) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		number, err := strconv.ParseUint(f[min(1, len(f)-1)], 16, 16)
		if len(f) < 3 || err != nil {
			continue
		}
		if tags[f[0]] == nil {
			tags[f[0]] = map[uint16]exifTag{}
		}
		t := exifTag{name: f[2]}
		if len(f) > 3 {
			t.reads(f[3])
		}
		tags[f[0]][uint16(number)] = t
	}
	return tags
})

func (t *exifTag) reads(how string) {
	if style, ok := strings.CutPrefix(how, "="); ok {
		t.style = style
		return
	}
	t.words = map[int64]string{}
	for word := range strings.SplitSeq(how, "|") {
		number, text, _ := strings.Cut(word, ":")
		if n, err := strconv.ParseInt(number, 10, 64); err == nil {
			t.words[n] = text
		}
	}
}
