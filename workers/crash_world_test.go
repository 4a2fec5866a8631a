package workers_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"pairmill/internal/content"
	"pairmill/internal/testutil"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/faulty"
	"pairmill/store/ledger"
	"pairmill/store/mem"
	"pairmill/workers/workerstest"
)

// result is what must not depend on what happened on the way.
type result struct {
	Manifest  string           // the content manifest of each generation
	Published []schemas.Object // what the publish jobs committed, with its hashes
	Version   []store.Info     // everything below datasets/: one version and its claim; or what was delivered
	Summary   schemas.Summary
}

func resultOf(ctx context.Context, s store.Store) (r result, err error) {
	gens, err := ledger.Generations(ctx, s, workerstest.Run)
	if err != nil {
		return r, err
	}
	for g := range gens {
		var b bytes.Buffer
		if _, err = content.Manifest(ctx, s, workerstest.Run, g, &b); err != nil {
			return r, err
		}
		r.Manifest += b.String()
		for rec, err := range ledger.Group(ctx, s, workerstest.Run, schemas.TaskPublish, schemas.AllGroup(g)) {
			if err != nil {
				return r, err
			}
			r.Published = append(r.Published, rec.Objects...)
		}
	}
	for info, err := range s.List(ctx, "") {
		if err != nil {
			return r, err
		}
		// A shard's stats say when it was fetched.
		if !strings.HasPrefix(info.Key, "runs/") && !strings.HasSuffix(info.Key, "_stats.json") {
			info.Version = "" // the order in which objects came is no promise
			r.Version = append(r.Version, info)
		}
	}
	r.Summary, err = workerstest.Summary(ctx, s)
	return r, err
}

// world is one site and what an undisturbed run over it is like. Tests share the site, because ids contain its port;
// its log tells their runs apart by the contact in the User-Agent.
type world struct {
	site    *testutil.Site
	yaml    func() []byte // the spec
	tasks   []schemas.Task
	since   string // the run that the others are since, and what it has left; none without
	before  map[string][]byte
	want    result
	classes []class // of every write of the handlers, in the order of first appearance
	hosts   int
	visits  int                  // requests but for robots.txt
	largest map[schemas.Task]int // requests of one job
}

// crawlTasks, sinceTasks and listTasks are the tasks of a crawl that makes a dataset, of one that is since another, and of a list
// that is downloaded.
var (
	sinceTasks = append([]schemas.Task{schemas.TaskRecall}, crawlTasks...)
	crawlTasks = []schemas.Task{
		schemas.TaskPlan, schemas.TaskGather, schemas.TaskWalk, schemas.TaskRoute, schemas.TaskExchange, schemas.TaskFetch,
		schemas.TaskDedup, schemas.TaskEmbed, schemas.TaskSelect, schemas.TaskCurate, schemas.TaskPublish, schemas.TaskRelease,
	}
	listTasks = []schemas.Task{
		schemas.TaskPlan, schemas.TaskScan, schemas.TaskCut, schemas.TaskFetch, schemas.TaskDeliver, schemas.TaskTally, schemas.TaskFinish,
	}
)

// newWorld makes the undisturbed run of a crawl.
func newWorld(t *testing.T) *world {
	t.Helper()
	site := workerstest.Site(t)
	w := &world{site: site, tasks: crawlTasks, yaml: func() []byte { return workerstest.Spec(site, "") }}
	w.undisturbed(t)
	return w
}

// newSinceWorld makes the undisturbed run of a crawl that is since another.
func newSinceWorld(t *testing.T) *world {
	t.Helper()
	site := workerstest.Site(t)
	site.Wrap(validated)
	w := &world{
		site: site, tasks: sinceTasks, yaml: func() []byte { return workerstest.Spec(site, "") },
		since: "before", before: map[string][]byte{},
	}
	s := mem.New()
	if err := (workerstest.Pipeline{Store: s, Spec: w.spec("before"), Run: w.since}).Drive(t.Context()); err != nil {
		t.Fatal(err)
	}
	for info, err := range s.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		if w.before[info.Key], err = store.ReadAll(t.Context(), s, info.Key, 1<<30); err != nil {
			t.Fatal(err)
		}
	}
	w.undisturbed(t)
	return w
}

// seed puts what was before into a new store, and returns it.
func seed[S store.Store](t *testing.T, w *world, s S) S {
	t.Helper()
	for key, data := range w.before {
		if _, err := s.Put(t.Context(), key, store.Bytes(data)); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// newListWorld makes the undisturbed run of a list.
func newListWorld(t *testing.T) *world {
	t.Helper()
	site := workerstest.Site(t)
	list := workerstest.List(t, site)
	w := &world{site: site, tasks: listTasks, yaml: func() []byte { return workerstest.ListSpec(list) }}
	w.undisturbed(t)
	return w
}

func (w *world) undisturbed(t *testing.T) {
	t.Helper()
	w.largest = map[schemas.Task]int{}
	var log writeLog
	s := faulty.New(seed(t, w, mem.New()), log.note)
	if err := (workerstest.Pipeline{Store: s, Spec: w.spec("undisturbed"), Since: w.since, Workers: 1}).Drive(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.classes = log.classes
	w.learn(t, s, "undisturbed")
	if w.hosts != 2 {
		t.Errorf("%d requests for robots.txt, want one for each host", w.hosts)
	}
	if len(w.want.Version) == 0 {
		t.Error("the run has left nothing")
	}
}

// learn takes an undisturbed run for what the others must be like.
func (w *world) learn(t *testing.T, s store.Store, contact string) {
	t.Helper()
	var err error
	if w.want, err = resultOf(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	requests := 0
	w.visits, w.hosts = w.count(contact)
	for rec, err := range ledger.Run(t.Context(), s, workerstest.Run) {
		if err != nil {
			t.Fatal(err)
		}
		n := int(rec.Counts.Requests)
		requests += n
		w.largest[rec.Job.Task] = max(w.largest[rec.Job.Task], n)
	}
	if requests != w.visits {
		t.Errorf("the ledger counts %d requests beside robots.txt, the server %d", requests, w.visits)
	}
}

func (w *world) spec(contact string) []byte {
	return bytes.Replace(w.yaml(), []byte("fetch:\n"), fmt.Appendf(nil, "fetch:\n  contact: %s@crash.test\n", contact), 1)
}

// count returns what the runs with that contact asked for.
func (w *world) count(contact string) (visits, robots int) {
	return w.site.From(contact + "@crash.test")
}

// check holds a disturbed run against the undisturbed one. wasted is how many requests may have been made in vain,
// processes how many there were.
func (w *world) check(t *testing.T, s store.Store, contact string, wasted, processes int) {
	t.Helper()
	got, err := resultOf(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	same(t, got, w.want)
	visits, robots := w.count(contact)
	if visits < w.visits || visits > w.visits+wasted {
		t.Errorf("%d requests, want %d and at most %d more", visits, w.visits, wasted)
	}
	if robots > processes*w.hosts {
		t.Errorf("%d requests for robots.txt by %d processes, want at most one a host", robots, processes)
	}
}

func same(t *testing.T, got, want result) {
	t.Helper()
	if got.Manifest != want.Manifest {
		t.Errorf("content manifest\n%s\nwant\n%s", got.Manifest, want.Manifest)
	}
	sameList(t, "published", got.Published, want.Published)
	sameList(t, "datasets", got.Version, want.Version)
	if !reflect.DeepEqual(got.Summary, want.Summary) || got.Summary.Balance() != 0 {
		t.Errorf("ledger sums up to %+v, off by %d; want %+v", got.Summary, got.Summary.Balance(), want.Summary)
	}
}

// sameList shows the first difference only: a list is long.
func sameList[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d objects, want %d", what, len(got), len(want))
		return
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%s: object %d is %+v, want %+v", what, i, got[i], want[i])
			return
		}
	}
}

// inFlight is how many requests one killed process can have made in vain when one job of each stage is in work.
func (w *world) inFlight() int { return w.largest[schemas.TaskWalk] + w.largest[schemas.TaskFetch] }

// oneJob is how many requests one repeated job makes at most.
func (w *world) oneJob() int { return slices.Max(slices.Collect(maps.Values(w.largest))) }

// writeLog notes the classes of the handlers' writes.
type writeLog struct {
	mu      sync.Mutex
	classes []class
}

func (l *writeLog) note(op faulty.Op, key string, _ int) faulty.Fault {
	if c := classOf(op, key); (op == faulty.Put || op == faulty.Copy) && key != store.SpecKey(workerstest.Run) && key != store.GenerationKey(workerstest.Run, 0) {
		l.mu.Lock()
		defer l.mu.Unlock()
		if !slices.Contains(l.classes, c) {
			l.classes = append(l.classes, c)
		}
	}
	return faulty.None
}
