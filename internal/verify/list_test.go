package verify_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"iter"
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"

	"pairmill/internal/testutil"
	"pairmill/internal/verify"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
	"pairmill/store/mem"
	"pairmill/workers/workerstest"
)

// delivered returns a list's run that delivers in a format, over two generations: the second asks again for pictures that
// were gone, of which one has come back. Tests only read it.
func delivered(t *testing.T, format string) store.Store {
	t.Helper()
	return deliveries.get(t, format, deliver)
}

var deliveries library

// details of the spec, so that each format shows other columns and members.
var details = map[string][2]string{
	schemas.DeliverWebDataset: {"{format: webdataset, hash: sha256}", "image: {size: 32}"},
	schemas.DeliverParquet:    {"{format: parquet, hash: md5, digits: 3}", "image: {untouched: true, exif: true}"},
	schemas.DeliverFiles:      {"{format: files}", "image: {format: png, quality: 6}"},
}

func deliver(t *testing.T, format string) store.Store {
	t.Helper()
	site := workerstest.Site(t)
	spec := string(workerstest.ListSpec(workerstest.List(t, site)))
	spec = strings.Replace(spec, "{format: webdataset}", details[format][0], 1) + details[format][1] + "\n"
	s := mem.New()
	p := workerstest.Pipeline{Store: s, Spec: []byte(spec)}
	if err := p.Drive(t.Context()); err != nil {
		t.Fatal(err)
	}
	comesBack(t, site)
	g := schemas.Generation{Version: schemas.Version, Number: 1, Retry: []schemas.Reason{schemas.HTTPGone}}
	if err := ledger.PutGeneration(t.Context(), s, workerstest.Run, g); err != nil {
		t.Fatal(err)
	}
	usage, err := ledger.JSON(schemas.Usage{Version: schemas.Version, Seconds: 0.5})
	if err == nil {
		_, err = s.Put(t.Context(), store.UsagePrefix(workerstest.Run)+"1-1.json", usage)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Drive(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// comesBack makes a site's missing picture be there.
func comesBack(t *testing.T, site *testutil.Site) {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 40, 30))); err != nil {
		t.Fatal(err)
	}
	site.Handle("a.test", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/missing.png" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "image/png")
		w.Write(b.Bytes())
	}))
}

func formats() []string {
	return []string{schemas.DeliverWebDataset, schemas.DeliverParquet, schemas.DeliverFiles}
}

func TestNothingToFindInADelivery(t *testing.T) {
	t.Parallel()
	for _, format := range formats() {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			s := delivered(t, format)
			for name, seq := range map[string]iter.Seq2[verify.Finding, error]{
				"store":            verify.Store(t.Context(), s, cfg),
				"run":              verify.Run(t.Context(), s, workerstest.Run, cfg),
				"without the spec": verify.Run(t.Context(), s, workerstest.Run, verify.Config{}),
			} {
				for _, f := range collect(t, seq) {
					t.Errorf("%s: %+v", name, f)
				}
			}
			summary, err := workerstest.Summary(t.Context(), s)
			if err != nil || summary.Kept < 10 || summary.Dropped[schemas.HTTPGone] != 1 || summary.Balance() != 0 {
				t.Errorf("%+v, %v: there was nothing to check", summary, err)
			}
		})
	}
}

// unrepeated are objects of which nothing repeats a word: they must read, and no more is promised.
func unrepeated(key string) bool {
	rest := strings.TrimPrefix(key, store.Run(workerstest.Run))
	return strings.HasPrefix(rest, "usage/")
}

func TestOneByteOfADelivery(t *testing.T) {
	t.Parallel()
	for _, format := range formats() {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			s := delivered(t, format)
			look := func(s store.Store) iter.Seq2[verify.Finding, error] {
				return verify.Run(context.Background(), s, workerstest.Run, cfg)
			}
			for _, key := range ofEachKind(keys(t, s, "")) {
				if unrepeated(key) || format != schemas.DeliverWebDataset && !strings.HasPrefix(key, "0") && path.Ext(key) != ".tar" {
					continue // what all formats share is flipped once
				}
				t.Run(key, func(t *testing.T) {
					t.Parallel()
					flip(t, s, key, look)
				})
			}
		})
	}
}

// ofEachKind returns the first object of each kind, and of those with rows of a later generation.
func ofEachKind(keys []string) []string {
	kinds, out := map[string]bool{}, []string(nil)
	for _, key := range keys {
		kind := digits.ReplaceAllString(key, "")
		if strings.Contains(key, "-g1.") || strings.Contains(key, "n00001") {
			kind += " again"
		}
		if !kinds[kind] {
			kinds[kind] = true
			out = append(out, key)
		}
	}
	return out
}

func TestDamagedDelivery(t *testing.T) {
	t.Parallel()
	web, files := delivered(t, schemas.DeliverWebDataset), delivered(t, schemas.DeliverFiles)
	run := store.Run(workerstest.Run)
	cut, again := run+"commits/plan/n00000/cut-all.json", run+"commits/plan/n00001/scan-g00000-g1.json"
	member := firstKey(t, files, "00000/")
	part := firstKey(t, web, run+"parts/fetch/n00000/00001.")
	generation := store.GenerationKey(workerstest.Run, 1)
	tests := map[string]struct {
		store store.Store
		want  verify.Finding
	}{
		"deleted tar":    {damage(web, "00001.tar", nil), verify.Finding{Object: "00001.tar", Row: verify.Whole, Check: verify.Missing}},
		"deleted stats":  {damage(web, "00001_stats.json", nil), verify.Finding{Object: "00001_stats.json", Row: verify.Whole, Check: verify.Missing}},
		"deleted file":   {damage(files, member, nil), verify.Finding{Object: member, Row: verify.Whole, Check: verify.Missing}},
		"deleted part":   {damage(web, part, nil), verify.Finding{Object: part, Row: verify.Whole, Check: verify.Missing}},
		"truncated file": {damage(files, member, read(t, files, member)[:20]), verify.Finding{Object: member, Row: verify.Whole, Check: verify.Size}},
		"truncated tar":  {damage(web, "00001.tar", read(t, web, "00001.tar")[:3000]), verify.Finding{Object: "00001.tar", Row: verify.Whole, Check: verify.Decode}},
		"damaged pass":   {damage(web, generation, []byte("{")), verify.Finding{Object: generation, Row: verify.Whole, Check: verify.Decode}},
		"a row too few":  {record(t, web, again, func(c *schemas.Commit) { c.Counts.Superseded[schemas.HTTPGone]-- }), verify.Finding{Object: again, Row: verify.Whole, Check: verify.Counts}},
		"a job let in too early": {record(t, web, cut, func(c *schemas.Commit) {
			c.Next = append(c.Next, c.Job.Follow(schemas.TaskFetch, schemas.GroupName(0), schemas.PartName(0), c.Of(schemas.RolePart)[0].Key))
		}), verify.Finding{Object: cut, Row: verify.Whole, Check: verify.Plan}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := collect(t, verify.Run(t.Context(), test.store, workerstest.Run, cfg))
			if !slices.ContainsFunc(found, func(f verify.Finding) bool { return says(f, test.want) }) {
				t.Errorf("want %+v, found %+v", test.want, found)
			}
			for _, f := range found {
				if f.Object != test.want.Object && !f.Check.Note() {
					t.Errorf("blamed %+v", f)
				}
			}
		})
	}
}

// firstKey returns the first object below a prefix.
func firstKey(t *testing.T, s store.Store, prefix string) string {
	t.Helper()
	all := keys(t, s, prefix)
	if len(all) == 0 {
		t.Fatalf("nothing below %s", prefix)
	}
	return all[0]
}

func TestStrayFilesBesideADeliveryAreNotes(t *testing.T) {
	t.Parallel()
	s := deliver(t, schemas.DeliverFiles)
	strays := []string{"00000/stray.jpg", "00099.tar"}
	for _, key := range append(strays, "notes.txt") {
		if _, err := s.Put(t.Context(), key, store.Bytes([]byte("left behind"))); err != nil {
			t.Fatal(err)
		}
	}
	var found []string
	for _, f := range collect(t, verify.Store(t.Context(), s, cfg)) {
		if !f.Check.Note() {
			t.Errorf("found %+v", f)
		}
		found = append(found, f.Object)
	}
	if slices.Sort(found); !slices.Equal(found, strays) {
		t.Errorf("found %q, want %q", found, strays)
	}
}

// refusing is a store that does not take objects below a prefix.
type refusing struct {
	store.Store
	prefix string
}

func (s refusing) Put(ctx context.Context, key string, b store.Blob) (store.Info, error) {
	if strings.HasPrefix(key, s.prefix) {
		return store.Info{}, errors.New("no space left for " + key)
	}
	return s.Store.Put(ctx, key, b)
}

func TestOtherPassesOverAList(t *testing.T) {
	t.Parallel()
	run := store.Run(workerstest.Run)
	further := schemas.Generation{Version: schemas.Version, Number: 1, From: 0.4, To: 1}
	tests := map[string]struct {
		first  *schemas.Generation
		second *schemas.Generation
		refuse string
		change [2]string // of the spec
		total  int64     // candidates
	}{
		"a sample, then the rest":  {first: &schemas.Generation{Version: schemas.Version, To: 0.4}, second: &further, total: 27},
		"the same list once more":  {second: &schemas.Generation{Version: schemas.Version, Number: 1, To: 1}, total: 54},
		"a shard that is given up": {refuse: run + "shards/g00000/00002.", total: 27},
		"in input order":           {change: [2]string{"caption: text", "order: input"}, total: 27},
		"kept in the run":          {change: [2]string{"format: webdataset", "format: none"}, total: 27},
		"into a dataset":           {change: [2]string{"deliver: {format: webdataset}", ""}, total: 27},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := workerstest.Site(t)
			spec := strings.Replace(string(workerstest.ListSpec(workerstest.List(t, site))), test.change[0], test.change[1], 1)
			s := mem.New()
			p := workerstest.Pipeline{Store: s, Spec: []byte(spec)}
			if test.refuse != "" {
				p.Store = refusing{s, test.refuse}
			}
			for _, g := range []*schemas.Generation{test.first, test.second} {
				if g != nil {
					if err := ledger.PutGeneration(t.Context(), s, workerstest.Run, *g); err != nil {
						t.Fatal(err)
					}
				}
				if err := p.Drive(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			for _, f := range collect(t, verify.Store(t.Context(), s, cfg)) {
				t.Errorf("%+v", f)
			}
			summary, err := workerstest.Summary(t.Context(), s)
			if err != nil || summary.Candidates != test.total || (summary.Quarantined > 0) != (test.refuse != "") {
				t.Errorf("%+v, %v: want %d candidates", summary, err, test.total)
			}
		})
	}
}
