package workers

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/keyed"
	"pairmill/store/local"
)

// BenchmarkRecollect looks up the 10,000 URLs of a job among a million that an earlier run knows: of hosts that stand together, as
// in a crawl, and of all over the place, as in a list.
func BenchmarkRecollect(b *testing.B) {
	const known, wanted = 1_000_000, 10_000
	s, err := local.New(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	url := func(i int) string {
		return fmt.Sprintf("https://img.host%05d.test/a/path/as/they/are/%08d.jpg", i/200, i)
	}
	sum := func(i int) string { return fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, i))) }
	spool, err := store.NewSpool(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer spool.Close()
	values := map[keyed.Key][]byte{}
	for i := range known {
		r := schemas.Recalled{
			URL: url(i), ETag: fmt.Sprintf(`"%x"`, rand.Uint64()), AskedMS: 1, Since: "first", Tar: fmt.Sprintf("runs/first/shards/g00000/%05d.tar", i/10_000),
			SHA256: sum(i), ImageSHA256: sum(-1 - i), HTTPStatus: 200, SourceFormat: "jpeg",
			SourceBytes: rand.Int64N(100_000), PHash: fmt.Sprintf("%016x", rand.Uint64()), OriginalWidth: rand.Int32N(2000),
			OriginalHeight: rand.Int32N(2000), Width: 256, Height: rand.Int32N(256), ImageOffset: rand.Int64N(1 << 28), ImageBytes: rand.Int64N(1 << 16),
		}
		if values[recallKey(r.URL)], err = json.Marshal(r); err != nil {
			b.Fatal(err)
		}
	}
	w := keyed.NewWriter(spool)
	for _, k := range slices.SortedFunc(maps.Keys(values), func(a, b keyed.Key) int { return bytes.Compare(a[:], b[:]) }) {
		if err := w.Add(k, values[k]); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	blob, err := spool.Blob()
	if err != nil {
		b.Fatal(err)
	}
	if _, err := s.Put(b.Context(), "recalled.keyed", blob); err != nil {
		b.Fatal(err)
	}
	f, err := keyed.Open(b.Context(), s, "recalled.keyed")
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	m := recollection{pictures: []*keyed.File{f}}
	for _, c := range []struct {
		name string
		urls func() []string
	}{
		{"together", func() (urls []string) {
			from := rand.IntN(known - wanted)
			for i := range wanted {
				urls = append(urls, url(from+i))
			}
			return urls
		}},
		{"scattered", func() (urls []string) {
			for range wanted {
				urls = append(urls, url(rand.IntN(known)))
			}
			slices.Sort(urls)
			return slices.Compact(urls)
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				urls := c.urls()
				found, err := m.findPictures(b.Context(), urls)
				if err != nil || len(found) != len(urls) {
					b.Fatalf("%d of %d, %v", len(found), len(urls), err)
				}
			}
			b.ReportMetric(float64(blob.Size())/known, "B/URL")
		})
	}
}
