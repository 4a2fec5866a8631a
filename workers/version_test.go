package workers_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sync/errgroup"

	"pairmill/internal/specfile"
	"pairmill/internal/testutil"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/faulty"
	"pairmill/store/ledger"
	"pairmill/store/mem"
	"pairmill/store/table"
	"pairmill/workers/workerstest"
)

// passes are a run that makes a dataset and its further generations. Pictures of more than 400 bytes are too large for the
// first passes; the retry takes them.
type passes struct {
	spec  []byte
	first *schemas.Generation
	more  []schemas.Generation
	began func(pass int) // nil = nobody is told
}

// fromList is a dataset of workerstest.List: a share of it, then the rest, then what was too large.
func fromList(t testing.TB) passes {
	t.Helper()
	site := workerstest.Site(t)
	text := workerstest.ListSpec(workerstest.List(t, site))
	text = bytes.Replace(text, []byte("embed: {model: \"\"}\ndeliver: {format: webdataset}\n"), []byte("embed: {model: builtin, batch: 2}\ndataset: {shard_samples: 3}\n"), 1)
	text = bytes.Replace(text, []byte("  tries: 1\n"), []byte("  tries: 1\n  max_bytes: 400\n"), 1)
	return passes{spec: text, first: &schemas.Generation{Version: schemas.Version, To: 0.6}, more: []schemas.Generation{
		{Version: schemas.Version, Number: 1, From: 0.6, To: 1}, retryTooLarge(t, text, 2),
	}}
}

// fromWeb is a dataset of a crawl, and what was too large in it.
func fromWeb(t testing.TB) passes {
	t.Helper()
	text := workerstest.Spec(workerstest.Site(t), "")
	text = bytes.Replace(text, []byte("  tries: 1\n"), []byte("  tries: 1\n  max_bytes: 400\n"), 1)
	return passes{spec: text, more: []schemas.Generation{retryTooLarge(t, text, 1)}}
}

func retryTooLarge(t testing.TB, text []byte, number int) schemas.Generation {
	t.Helper()
	spec, err := specfile.Parse("spec.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	spec.Fetch.MaxBytes = 1 << 20
	return schemas.Generation{Version: schemas.Version, Number: number, Retry: []schemas.Reason{schemas.BodyTooLarge}, Fetch: &spec.Fetch}
}

// drive drives all passes, or as many as are asked for.
func (p passes) drive(ctx context.Context, s store.Store, most int) error {
	if p.first != nil {
		if err := ledger.PutGeneration(ctx, s, workerstest.Run, *p.first); err != nil {
			return err
		}
	}
	for i := range min(most, len(p.more)+1) {
		if i > 0 {
			if err := ledger.PutGeneration(ctx, s, workerstest.Run, p.more[i-1]); err != nil {
				return err
			}
		}
		if p.began != nil {
			p.began(i)
		}
		if err := (workerstest.Pipeline{Store: s, Spec: p.spec}).Drive(ctx); err != nil {
			return fmt.Errorf("generation %d: %w", i, err)
		}
	}
	return nil
}

// urlsOf are the URLs of a version's rows, sorted.
func urlsOf(t *testing.T, s store.Store, version string) (urls []string, m schemas.Manifest, sum schemas.Summary) {
	t.Helper()
	prefix := "datasets/small/" + version + "/"
	if err := ledger.ReadJSON(t.Context(), s, prefix+"manifest.json", &m); err != nil {
		t.Fatal(err)
	}
	if err := ledger.ReadJSON(t.Context(), s, prefix+"stats.json", &sum); err != nil {
		t.Fatal(err)
	}
	for _, o := range m.Objects {
		if o.Role != schemas.RoleData {
			continue
		}
		for row, err := range table.Read[struct {
			URL string `parquet:"url"`
		}](t.Context(), s, prefix+o.Key) {
			if err != nil {
				t.Fatal(err)
			}
			urls = append(urls, row.URL)
		}
	}
	slices.Sort(urls)
	return urls, m, sum
}

// Each pass makes a version of all that has come by then; those before it stay as they were; and the last is what one pass
// over everything would have made, but for which of equal pictures has won.
func TestGenerationsMakeVersions(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]passes{"list": fromList(t), "web": fromWeb(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := mem.New()
			before := map[string]store.Info{}
			for most := 1; most <= len(p.more)+1; most++ {
				if err := p.drive(t.Context(), s, most); err != nil {
					t.Fatal(err)
				}
				for key, info := range before {
					o, err := s.Open(t.Context(), key)
					if err != nil {
						t.Fatal(err)
					}
					if o.Info() != info {
						t.Errorf("%s was rewritten", key)
					}
				}
				for info, err := range s.List(t.Context(), "datasets/") {
					if err != nil {
						t.Fatal(err)
					}
					before[info.Key] = info
				}
				sum, err := workerstest.Summary(t.Context(), s)
				if err != nil || sum.Balance() != 0 {
					t.Errorf("after %d passes the ledger is off by %d: %+v, %v", most, sum.Balance(), sum, err)
				}
				version := fmt.Sprintf("v%04d", most)
				urls, m, stats := urlsOf(t, s, version)
				if m.Generation != most-1 || m.Rows != int64(len(urls)) || stats.Rows != m.Rows || sum.Rows != m.Rows || !maps.Equal(stats.Dropped, sum.Dropped) {
					t.Errorf("%s: %+v, %+v; the ledger says %+v", version, m, stats, sum)
				}
			}
			var last []string
			for i := range len(p.more) + 1 {
				urls, _, _ := urlsOf(t, s, fmt.Sprintf("v%04d", i+1))
				if len(urls) < len(last) {
					t.Errorf("version %d has %d rows, the one before %d", i+1, len(urls), len(last))
				}
				for _, url := range last {
					if !slices.Contains(urls, url) {
						t.Errorf("version %d has lost %s", i+1, url)
					}
				}
				last = urls
			}
			if !slices.ContainsFunc(last, func(url string) bool { return strings.HasSuffix(url, "/photo.jpg") }) {
				t.Errorf("what was too large has not come: %q", last)
			}
			whole := mem.New()
			once := passes{spec: bytes.Replace(p.spec, []byte("  max_bytes: 400\n"), nil, 1)}
			if err := once.drive(t.Context(), whole, 1); err != nil {
				t.Fatal(err)
			}
			if all, _, _ := urlsOf(t, whole, "v0001"); len(all) != len(last) {
				t.Errorf("in one pass %d rows, in several %d:\n%q\n%q", len(all), len(last), all, last)
			}
		})
	}
}

// A fault at any write of a further pass changes nothing: of a larger share of a list, and of a retry of a crawl.
func TestCrashInAFurtherPass(t *testing.T) {
	t.Parallel()
	list := fromList(t)
	list.more = list.more[:1]
	for name, p := range map[string]passes{"list": list, "web": fromWeb(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log writeLog
			inner := mem.New()
			if err := p.disturbed(t.Context(), inner, log.note); err != nil {
				t.Fatal(err)
			}
			want, err := resultOf(t.Context(), inner)
			if err != nil {
				t.Fatal(err)
			}
			var cases errgroup.Group // a run with a fault mostly waits for its queue to be looked at
			cases.SetLimit(8)
			for i, c := range log.classes {
				for j, fault := range []faulty.Fault{faulty.Fail, faulty.Lost} {
					if !testutil.Raced || (2*i+j)%8 == 0 { // make test runs all of them without the race detector
						cases.Go(func() error {
							p.once(t, c, fault, want)
							return nil
						})
					}
				}
			}
			cases.Wait()
		})
	}
}

// disturbed drives two passes, the second with faults.
func (p passes) disturbed(ctx context.Context, s store.Store, hook faulty.Hook) error {
	var further atomic.Bool
	p.began = func(pass int) { further.Store(pass > 0) }
	return p.drive(ctx, faulty.New(s, func(op faulty.Op, key string, n int) faulty.Fault {
		if further.Load() {
			return hook(op, key, n)
		}
		return faulty.None
	}), 2)
}

// once disturbs one write of a class.
func (p passes) once(t *testing.T, c class, fault faulty.Fault, want result) {
	var met atomic.Bool
	s := mem.New()
	err := p.disturbed(t.Context(), s, func(op faulty.Op, key string, _ int) faulty.Fault {
		if classOf(op, key) == c && met.CompareAndSwap(false, true) {
			return fault
		}
		return faulty.None
	})
	got, rerr := resultOf(t.Context(), s)
	if err = errors.Join(err, rerr); err != nil || !met.Load() {
		t.Errorf("%s %s: met %v, %v", fault, c, met.Load(), err)
		return
	}
	same(t, got, want)
}
