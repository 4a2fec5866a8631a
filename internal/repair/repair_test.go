package repair_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"pairmill/encoder"
	"pairmill/encoder/encodertest"
	"pairmill/internal/content"
	"pairmill/internal/repair"
	"pairmill/internal/specfile"
	"pairmill/internal/testutil"
	"pairmill/internal/verify"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
	"pairmill/store/mem"
	"pairmill/workers"
	"pairmill/workers/workerstest"
)

// world is a finished run, and the site that it came from, which can be told to answer otherwise.
type world struct {
	site  *testutil.Site
	away  atomic.Bool // every picture is
	store *mem.Store
	spec  []byte
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{site: workerstest.Site(t), store: mem.New()}
	w.site.Wrap(func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if w.away.Load() && r.URL.Path != "/robots.txt" {
				http.NotFound(rw, r)
				return
			}
			h.ServeHTTP(rw, r)
		})
	})
	return w
}

func crawled(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.spec = workerstest.Spec(w.site, "")
	w.drive(t, w.store)
	return w
}

func downloaded(t *testing.T, format string) *world {
	t.Helper()
	w := newWorld(t)
	w.spec = bytes.Replace(workerstest.ListSpec(workerstest.List(t, w.site)), []byte("format: webdataset"), []byte("format: "+format), 1)
	w.drive(t, w.store)
	return w
}

func (w *world) drive(t *testing.T, s store.Store) {
	t.Helper()
	if err := (workerstest.Pipeline{Store: s, Spec: w.spec}).Drive(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// copied is a store with the same objects.
func (w *world) copied(t *testing.T) *mem.Store {
	t.Helper()
	s := mem.New()
	copyAll(t, w.store, s)
	return s
}

func copyAll(t *testing.T, from, to store.Store) {
	t.Helper()
	for info, err := range from.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		if _, err := to.Put(t.Context(), info.Key, store.Bytes(read(t, from, info.Key))); err != nil {
			t.Fatal(err)
		}
	}
}

func read(t *testing.T, s store.Store, key string) []byte {
	t.Helper()
	data, err := store.ReadAll(t.Context(), s, key, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// named returns the objects that the run's records name, by key.
func named(t *testing.T, s store.Store) map[string]schemas.Object {
	t.Helper()
	all := map[string]schemas.Object{}
	for rec, err := range ledger.Run(t.Context(), s, workerstest.Run) {
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range rec.Objects {
			all[o.Key] = o
		}
	}
	return all
}

// objects returns the keys of a role.
func objects(t *testing.T, s store.Store, role string) (keys []string) {
	t.Helper()
	for key, o := range named(t, s) {
		if o.Role == role && strings.HasPrefix(key, "runs/") {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	if len(keys) == 0 {
		t.Fatalf("the run has no %s", role)
	}
	return keys
}

// damages are the ways in which an object is not what it was.
var damages = map[string]func(data []byte) []byte{
	"flipped":   func(data []byte) []byte { data[len(data)/2] ^= 1; return data },
	"truncated": func(data []byte) []byte { return data[:len(data)/2] },
	"removed":   func([]byte) []byte { return nil },
}

// spoil does damage to an object.
func spoil(t *testing.T, s store.Store, key, kind string) {
	t.Helper()
	data := damages[kind](read(t, s, key))
	var err error
	if data == nil {
		err = s.Delete(t.Context(), key)
	} else {
		err = s.(store.Replacer).Replace(t.Context(), key, store.Bytes(data))
	}
	if err != nil {
		t.Fatal(err)
	}
}

func config(t *testing.T, more ...func(*repair.Config)) repair.Config {
	cfg := repair.Config{
		Deps: workers.Deps{
			ReadSpec: specfile.Parse, Version: "test", Dir: t.TempDir(),
			OpenEncoder: func(context.Context, schemas.Embed) (encoder.Encoder, error) { return &encodertest.Fake{}, nil },
		},
		Verify: verify.Config{ReadSpec: specfile.Parse, Dir: t.TempDir()}, Version: "test",
	}
	for _, f := range more {
		f(&cfg)
	}
	return cfg
}

// repaired runs a repair and returns what became of each object.
func repaired(t *testing.T, s store.Store, more ...func(*repair.Config)) (repair.Report, map[string]repair.Outcome) {
	t.Helper()
	all := map[string]repair.Outcome{}
	cfg := config(t, more...)
	cfg.Tell = func(o repair.Outcome) {
		if _, again := all[o.Object]; again {
			t.Errorf("told of %s twice", o.Object)
		}
		all[o.Object] = o
	}
	rep, err := repair.Run(t.Context(), s, workerstest.Run, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if rep.Damaged != len(all) {
		t.Errorf("%d outcomes, and the report says %+v", len(all), rep)
	}
	return rep, all
}

func findings(t *testing.T, s store.Store) (all []verify.Finding) {
	t.Helper()
	for f, err := range verify.Store(t.Context(), s, verify.Config{ReadSpec: specfile.Parse}) {
		if err != nil {
			t.Fatal(err)
		}
		if !f.Check.Note() {
			all = append(all, f)
		}
	}
	return all
}

// same holds a repaired store against what it was.
func (w *world) same(t *testing.T, s store.Store) {
	t.Helper()
	for _, f := range findings(t, s) {
		t.Errorf("verify finds %+v", f)
	}
	for info, err := range w.store.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(read(t, w.store, info.Key), read(t, s, info.Key)) {
			t.Errorf("%s is not what it was", info.Key)
		}
	}
}

// pictureRequests counts what a site was asked for but robots.txt.
func pictureRequests(site *testutil.Site) (n int) {
	for _, v := range site.Visits() {
		if v.Path != "/robots.txt" {
			n++
		}
	}
	return n
}

// kindsOf spreads the damages over the objects of a role: those that are most of a store get all of them.
func kindsOf(role string, i int) []string {
	kinds := slices.Sorted(maps.Keys(damages))
	if testutil.Raced {
		return kinds[len(role)%3 : len(role)%3+1]
	}
	switch role {
	case schemas.RoleTar, schemas.RoleTable, schemas.RoleHashes, schemas.RoleColumn, schemas.RoleData:
		if i == 0 {
			return kinds
		}
	}
	return kinds[i%3 : i%3+1]
}

// TestEveryObject damages objects of each role that a record names, in each way, and repairs them: the store is then what it was,
// byte for byte, and only what came from the web takes requests, for no more than its own rows.
func TestEveryObject(t *testing.T) {
	t.Parallel()
	most := 2
	if testutil.Raced {
		most = 1 // the pass without the race detector has more
	}
	for name, w := range map[string]*world{"dataset": crawled(t), "webdataset": downloaded(t, "webdataset"), "files": downloaded(t, "files"), "parquet": downloaded(t, "parquet")} {
		all, seen := named(t, w.store), map[string]int{}
		for _, key := range slices.Sorted(maps.Keys(all)) {
			role := all[key].Role
			if role == schemas.RoleObservations || role == schemas.RoleSpec {
				continue // which cannot be had again
			}
			if (name == "files" || name == "parquet") && role != schemas.RoleDelivered && role != schemas.RoleTar {
				continue // as in the other one
			}
			place := role + map[bool]string{true: ", published"}[!strings.HasPrefix(key, "runs/") || strings.Contains(key, "/published/")]
			if seen[place]++; seen[place] > most {
				continue
			}
			for _, kind := range kindsOf(role, seen[place]-1) {
				t.Run(fmt.Sprint(name, "/", kind, "/", key), func(t *testing.T) {
					s := w.copied(t)
					spoil(t, s, key, kind)
					before := pictureRequests(w.site)
					rep, got := repaired(t, s)
					asked := pictureRequests(w.site) - before
					if rep.Damaged != 1 || rep.Left > 0 || rep.Changed > 0 || got[key].Way == repair.Left {
						t.Errorf("%+v, %+v", rep, got)
					}
					web := strings.Contains(key, "/shards/g") && (role == schemas.RoleTar || role == schemas.RoleTable) || strings.Contains(marshalled(got[key]), "_walk-")
					if asked > 5 || asked > rep.Requests || asked > 0 && !web {
						t.Errorf("%d requests, told of %d, for a %s", asked, rep.Requests, role)
					}
					w.same(t, s)
				})
			}
		}
	}
}

// TestNothingWrong: a store in which nothing is damaged is read, and that is all.
func TestNothingWrong(t *testing.T) {
	t.Parallel()
	w := crawled(t)
	before := pictureRequests(w.site)
	if rep, got := repaired(t, w.store); rep != (repair.Report{}) || len(got) > 0 || pictureRequests(w.site) != before {
		t.Errorf("%+v, %+v", rep, got)
	}
}

// TestMuchAtOnce damages every object of every third role at the same time, so that jobs wait for one another.
func TestMuchAtOnce(t *testing.T) {
	t.Parallel()
	for name, w := range map[string]*world{"dataset": crawled(t), "webdataset": downloaded(t, "webdataset")} {
		for shift := range 3 {
			if testutil.Raced && shift > 0 {
				break
			}
			t.Run(fmt.Sprint(name, shift), func(t *testing.T) {
				s := w.copied(t)
				byRole := map[string][]string{}
				for key, o := range named(t, s) {
					byRole[o.Role] = append(byRole[o.Role], key)
				}
				delete(byRole, schemas.RoleObservations)
				delete(byRole, schemas.RoleSpec)
				n := 0
				for i, role := range slices.Sorted(maps.Keys(byRole)) {
					if i%3 == shift {
						for _, key := range byRole[role] {
							spoil(t, s, key, slices.Sorted(maps.Keys(damages))[n%3])
							n++
						}
					}
				}
				rep, got := repaired(t, s)
				if rep.Left > 0 || rep.Changed > 0 {
					for _, o := range got {
						if o.Way == repair.Left {
							t.Errorf("%+v", o)
						}
					}
				}
				w.same(t, s)
			})
		}
	}
}

// TestDryRun tells what the repair then does, and changes nothing.
func TestDryRun(t *testing.T) {
	t.Parallel()
	w := crawled(t)
	s := w.copied(t)
	spoil(t, s, objects(t, s, schemas.RoleTar)[0], "removed")
	spoil(t, s, objects(t, s, schemas.RoleColumn)[0], "flipped")
	spoil(t, s, objects(t, s, schemas.RoleDecisions)[0], "truncated")
	damaged := mem.New()
	copyAll(t, s, damaged)
	before := pictureRequests(w.site)
	planned, plans := repaired(t, s, func(c *repair.Config) { c.DryRun = true })
	if n := pictureRequests(w.site) - before; n > 0 {
		t.Errorf("a dry run made %d requests", n)
	}
	for info, err := range damaged.List(t.Context(), "") {
		if err != nil || !bytes.Equal(read(t, damaged, info.Key), read(t, s, info.Key)) {
			t.Errorf("a dry run changed %s, %v", info.Key, err)
		}
	}
	done, outcomes := repaired(t, s)
	if planned != done || !maps.Equal(plans, outcomes) {
		t.Errorf("planned %+v\n%+v\ndone %+v\n%+v", planned, plans, done, outcomes)
	}
	w.same(t, s)
}

// TestOneRottenPicture: what is whole in a damaged shard is not asked for again, and what a version has neither.
func TestOneRottenPicture(t *testing.T) {
	t.Parallel()
	for name, w := range map[string]*world{"dataset": crawled(t), "webdataset": downloaded(t, "webdataset")} {
		s := w.copied(t)
		tar, _, row := keptRow(t, s)
		data := read(t, s, tar)
		data[row.ImageOffset+row.ImageBytes/2] ^= 1
		replace(t, s, tar, data)
		if name == "webdataset" { // the delivered copy rots in another place: what is whole of both is enough
			for _, o := range named(t, s) {
				if o.Role == schemas.RoleDelivered && o.SHA256 == store.Bytes(read(t, w.store, tar)).SHA256() {
					spoil(t, s, o.Key, "truncated")
				}
			}
		}
		before := pictureRequests(w.site)
		rep, got := repaired(t, s)
		if n := pictureRequests(w.site) - before; rep.Left > 0 || n > 1 || n != rep.Requests {
			t.Errorf("%s: %d requests; %+v, %+v", name, n, rep, got)
		}
		w.same(t, s)
	}
}

// keptRow returns a shard's tar and table, and a row in it of which a picture was kept.
func keptRow(t *testing.T, s store.Store) (tar, table string, row schemas.Row) {
	t.Helper()
	for rec, err := range ledger.Run(t.Context(), s, workerstest.Run) {
		if err != nil {
			t.Fatal(err)
		}
		if rec.Job.Task != schemas.TaskFetch {
			continue
		}
		for _, r := range rows(t, s, rec) {
			if r.Kept() {
				return rec.Of(schemas.RoleTar)[0].Key, rec.Of(schemas.RoleTable)[0].Key, r
			}
		}
	}
	t.Fatal("nothing was kept")
	return "", "", row
}

func replace(t *testing.T, s store.Store, key string, data []byte) {
	t.Helper()
	if err := s.(store.Replacer).Replace(t.Context(), key, store.Bytes(data)); err != nil {
		t.Fatal(err)
	}
}

// gone makes the site answer 404 for every picture, until it is told otherwise.
func (w *world) gone() (back func()) {
	w.away.Store(true)
	return func() { w.away.Store(false) }
}

// TestWebHasChanged: in a run that makes a dataset, what cannot be had again stays as it is, and is told.
func TestWebHasChanged(t *testing.T) {
	t.Parallel()
	w := crawled(t)
	s := w.copied(t)
	w.gone()
	_, table, _ := keptRow(t, s)
	spoil(t, s, table, "flipped")
	damaged := read(t, s, table)
	rep, got := repaired(t, s)
	if rep.Left != 1 || got[table].Way != repair.Left || got[table].Why == "" {
		t.Errorf("%+v, %+v", rep, got)
	}
	if !bytes.Equal(read(t, s, table), damaged) {
		t.Error("the damaged table was replaced by one with other content")
	}
}

// contentOf is the hash of the run's content manifest.
func contentOf(t *testing.T, s store.Store) string {
	t.Helper()
	gens, err := ledger.Generations(t.Context(), s, workerstest.Run)
	if err != nil {
		t.Fatal(err)
	}
	sum, err := content.Manifest(t.Context(), s, workerstest.Run, len(gens)-1, nil)
	if err != nil {
		t.Fatal(err)
	}
	return sum.String()
}

// marshalled shows a value.
func marshalled(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(data)
}
