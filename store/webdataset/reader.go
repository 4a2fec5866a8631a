package webdataset

import (
	"archive/tar"
	"bufio"
	"fmt"
	"io"
	"iter"
)

// MemberAt is one file of a sample, and its place.
type MemberAt struct {
	Ext    string // what follows the key and a dot, lower-cased: "jpg", "seg.png"
	Data   []byte // the receiver's own
	Offset int64  // where Data begins, in bytes from the start of the tar
}

// Sample is consecutive members that share a key.
type Sample struct {
	// Key is the name up to the first dot of its last element: "00017", "train/00017". It comes from the tar: a name,
	// never a path to open. It is UTF-8 and unique only as far as the tar's maker saw to it.
	Key     string
	Members []MemberAt
}

// Read reads a tar with the default limits; see Config.Read.
func Read(r io.Reader, name string) iter.Seq2[Sample, error] { return Config{}.Read(r, name) }

// Read yields the samples of an uncompressed tar (ustar, PAX or GNU) in their order; name is for the errors. It reads
// r once and does not close it.
//
// Members group as open_clip groups them: neighbours of one key are a sample, and an extension that the sample already
// has starts the next one. Regular files alone are members. Folders, links, devices and pipes are skipped; so are
// names without a key (no dot, or hidden files such as those macOS adds) and those whose first element begins and
// ends with "__", which webdataset keeps for itself. Sparse files and names outside UTF-8 are errors.
//
// A yielded sample is complete. An error is the last thing yielded and names the tar, the member and the byte. A tar
// without its two closing blocks was cut: that is io.ErrUnexpectedEOF, and the sample before it, which may lack
// members, is not yielded. What exceeds a limit is ErrLimit. What follows the closing blocks is not looked at.
func (c Config) Read(r io.Reader, name string) iter.Seq2[Sample, error] {
	return func(yield func(Sample, error) bool) {
		in := &counter{r: bufio.NewReaderSize(r, readBuffer)}
		s := scan{Config: c.withDefaults(), in: in, tar: tar.NewReader(in)}
		for {
			sample, err := s.next()
			if err == io.EOF {
				return
			}
			if err != nil {
				yield(Sample{}, fmt.Errorf("read tar %s: %w", name, err))
				return
			}
			if !yield(sample, nil) {
				return
			}
		}
	}
}

// scan groups members. It keeps the one member that it has to look ahead.
type scan struct {
	Config
	in    *counter
	tar   *tar.Reader
	ahead *member
	ended bool
}

type member struct {
	key string
	MemberAt
}

// next returns the next sample, or io.EOF after the last.
func (s *scan) next() (Sample, error) {
	var out Sample
	var size int64
	has := map[string]bool{}
	for {
		m, err := s.take()
		if err == io.EOF && out.Members != nil {
			return out, nil
		}
		if err != nil {
			return Sample{}, err
		}
		if out.Members != nil && (m.key != out.Key || has[m.Ext]) {
			s.ahead = m
			return out, nil
		}
		if size += int64(block + len(m.key) + len(m.Ext) + len(m.Data)); size > s.MaxSample {
			return Sample{}, fmt.Errorf("sample %q with member %q at byte %d takes more than MaxSample, %d bytes: %w",
				m.key, m.Ext, m.Offset, s.MaxSample, ErrLimit)
		}
		out.Key, out.Members = m.key, append(out.Members, m.MemberAt)
		has[m.Ext] = true
	}
}
