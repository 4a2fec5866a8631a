package control

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"iter"
	"log/slog"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"pairmill/cluster"
	queue "pairmill/cluster/mem"
	"pairmill/control/api"
	"pairmill/internal/content"
	"pairmill/internal/specfile"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
	"pairmill/store/mem"
	"pairmill/store/webdataset"
	"pairmill/workers"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a cluster in memory, on fake time: any number of control planes and workers over one store, one queue and one
// medium. Runs adopt tars, which takes jobs of several stages and no network.
type world struct {
	t      *testing.T
	store  *mem.Store
	medium *queue.Medium
	queue  *queue.Queue
	wrap   Queue // what processes use instead of queue; nil: queue itself
	all    sync.WaitGroup

	mu     sync.Mutex    // guards what follows
	hang   string        // keys of objects that do not open, by prefix; empty: all do
	turned chan struct{} // closed when that changes

	stubborn bool // what hangs does not end with its context either; set before anything hangs
}

const shards = 6

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, store: mem.New(), medium: queue.NewMedium(), queue: queue.New(queue.Config{})}
	for i := range shards {
		w.putTar(fmt.Sprintf("pool/%05d.tar", i), i)
	}
	t.Cleanup(func() {
		w.all.Wait()
		_ = w.queue.Close()
	})
	return w
}

// putTar puts a tar with two pictures.
func (w *world) putTar(key string, n int) {
	w.t.Helper()
	w.put(key, w.tar(n))
}

func (w *world) put(key string, data []byte) {
	w.t.Helper()
	if _, err := w.store.Put(w.t.Context(), key, store.Bytes(data)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) tar(n int) []byte {
	w.t.Helper()
	var b bytes.Buffer
	tar := webdataset.NewWriter(&b)
	for i := range 2 {
		m := image.NewRGBA(image.Rect(0, 0, 20+n, 20))
		draw.Draw(m, m.Bounds(), image.NewUniform(color.RGBA{byte(40 * n), byte(100 * i), 7, 255}), image.Point{}, draw.Src)
		var p bytes.Buffer
		if err := png.Encode(&p, m); err != nil {
			w.t.Fatal(err)
		}
		if _, err := tar.Write(fmt.Sprintf("k%d%d", n, i), webdataset.Member{Ext: "png", Data: p.Bytes()}, webdataset.Member{Ext: "txt", Data: []byte("a picture")}); err != nil {
			w.t.Fatal(err)
		}
	}
	if err := tar.Close(); err != nil {
		w.t.Fatal(err)
	}
	return b.Bytes()
}

// planRetry plans a further pass, as a control plane does that dies before it has decided it.
func (w *world) planRetry(run string, reasons ...schemas.Reason) {
	w.t.Helper()
	next := schemas.Generation{Version: schemas.Version, Number: 1, Retry: reasons}
	if err := ledger.PutGeneration(w.t.Context(), w.store, run, next); err != nil {
		w.t.Fatal(err)
	}
}

// spec is one of many that adopt the tars.
func spec(name string) string {
	return fmt.Sprintf(`version: 1
name: %s
source: {shards: {tars: ["pool/*.tar"]}}
filter: {min_chars: 0, max_chars: 0, min_words: 0, max_words: 0, drop_control_chars: false, drop_file_names: false, drop_placeholders: false, min_side: 0, max_aspect: 0}
embed: {model: ""}
deliver: {format: none}
`, name)
}

// gated is the store as the processes have it: while the world hangs, some objects do not open.
type gated struct {
	store.Store
	w *world
}

func (g gated) Open(ctx context.Context, key string) (store.Object, error) {
	g.w.mu.Lock()
	prefix, turned := g.w.hang, g.w.turned
	g.w.mu.Unlock()
	if prefix != "" && strings.HasPrefix(key, prefix) {
		ended := ctx.Done()
		if g.w.stubborn {
			ended = nil
		}
		select {
		case <-turned:
		case <-ended:
			return nil, ctx.Err()
		}
	}
	return g.Store.Open(ctx, key)
}

// setHang lets objects below a prefix hang; with an empty one, all go on.
func (w *world) setHang(prefix string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.turned != nil {
		close(w.turned)
	}
	w.hang, w.turned = prefix, make(chan struct{})
}

func (w *world) join() (*queue.Peer, Medium) {
	p := w.medium.Join()
	var q Queue = w.queue
	if w.wrap != nil {
		q = w.wrap
	}
	return p, Medium{Queue: q, Locks: p, Calls: p, Presence: p, Timers: p, Journal: p, Memory: p}
}

// plane is a control plane without its listener, which fake time could not wait for.
type plane struct {
	*Control
	peer *queue.Peer
	stop context.CancelFunc
}

func (w *world) plane() *plane {
	w.t.Helper()
	return w.loggedPlane(io.Discard)
}

// loggedPlane is a control plane that logs to out.
func (w *world) loggedPlane(out io.Writer) *plane {
	w.t.Helper()
	peer, m := w.join()
	c := newControl(Config{Store: gated{w.store, w}, Medium: m, Log: slog.New(slog.NewTextHandler(out, nil))}.withDefaults())
	ctx, stop := context.WithCancel(w.t.Context())
	w.all.Go(func() {
		defer peer.Close()
		defer c.handlers.Close()
		var both sync.WaitGroup
		both.Go(func() { _ = c.medium.Presence.Announce(ctx, c.tell) })
		if err := c.lead(ctx); err != nil {
			w.t.Error(err)
		}
		both.Wait()
	})
	w.t.Cleanup(stop)
	return &plane{c, peer, stop}
}

// hand is a worker without its listener.
type hand struct {
	*Worker
	peer *queue.Peer
	stop context.CancelFunc
	end  chan error
}

func (w *world) hand(cfg WorkerConfig) *hand {
	w.t.Helper()
	peer, m := w.join()
	cfg.Medium, cfg.MinFree = m, -1
	cfg.Deps = workers.Deps{Store: gated{w.store, w}, ReadSpec: specfile.Parse, Dir: w.t.TempDir()}
	x, err := newWorker(cfg.withDefaults())
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(w.t.Context())
	h := &hand{x, peer, stop, make(chan error, 1)}
	w.all.Go(func() {
		defer peer.Close()
		h.end <- x.run(ctx, func(context.Context) error { return nil })
	})
	w.t.Cleanup(stop)
	return h
}

func (w *world) submit(c *plane, name string) string {
	w.t.Helper()
	got, err := c.Submit(w.t.Context(), api.Submission{Spec: spec(name), By: "test"})
	if err != nil || !got.Created {
		w.t.Fatalf("submit: %+v, %v", got, err)
	}
	return got.Run
}

// await waits until a run is in a state.
func (w *world) await(c *plane, run string, want schemas.RunState) api.Status {
	w.t.Helper()
	for began := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		got, err := c.Status(w.t.Context(), run)
		if err == nil && got.State == want {
			return got
		}
		if time.Since(began) > 5*time.Minute {
			w.t.Fatalf("run %s is %s after %v (%v), want %s: %+v", run, got.State, time.Since(began), err, want, got)
		}
	}
}

// actions lists what was decided about a run.
func (w *world) actions(run string) (list []schemas.Action) {
	w.t.Helper()
	all, err := newRunBook(w.store).one(w.t.Context(), run)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, d := range all {
		list = append(list, d.Action)
	}
	return list
}

// same checks that a run has what one without a cluster has.
func (w *world) same(run string) {
	w.t.Helper()
	if w.manifest(w.store, run) == "" || w.manifest(w.store, run) != undisturbed(w.t) {
		w.t.Errorf("content of %s\n%s\nwant\n%s", run, w.manifest(w.store, run), undisturbed(w.t))
	}
	if n := w.left(run); n != 0 {
		w.t.Errorf("%d jobs of %s are left in the queue", n, run)
	}
}

func (w *world) manifest(s store.Store, run string) string {
	w.t.Helper()
	var b bytes.Buffer
	if _, err := content.Manifest(w.t.Context(), s, run, 0, &b); err != nil {
		w.t.Fatal(err)
	}
	return b.String()
}

func (w *world) left(run string) (n int) {
	w.t.Helper()
	for _, stage := range schemas.Stages() {
		k, err := w.queue.Pending(w.t.Context(), run, stage)
		if err != nil {
			w.t.Fatal(err)
		}
		n += k
	}
	return n
}

// undisturbed is the content of a run that one process drove to its end.
func undisturbed(t *testing.T) string {
	t.Helper()
	w := &world{t: t, store: mem.New()}
	for i := range shards {
		w.putTar(fmt.Sprintf("pool/%05d.tar", i), i)
	}
	if _, err := w.store.Put(t.Context(), store.SpecKey("alone"), store.Bytes([]byte(spec("alone")))); err != nil {
		t.Fatal(err)
	}
	q := queue.New(queue.Config{})
	defer q.Close()
	end := workers.NewEnding("alone", workers.Unwatched{})
	h := workers.NewHandlers(workers.Deps{Store: w.store, ReadSpec: specfile.Parse, Dir: t.TempDir(), Watch: end})
	defer h.Close()
	if err := workers.Drive(t.Context(), q, h, end, workers.Config{}); err != nil {
		t.Fatal(err)
	}
	return w.manifest(w.store, "alone")
}

// leaderOf waits until one of the planes leads.
func (w *world) leaderOf(planes ...*plane) *plane {
	w.t.Helper()
	for began := time.Now(); time.Since(began) < time.Minute; time.Sleep(100 * time.Millisecond) {
		for _, p := range planes {
			if id, ok, err := p.medium.Locks.Holder(w.t.Context(), leaderLock); err == nil && ok && id == p.id {
				return p
			}
		}
	}
	w.t.Fatal("nobody leads")
	return nil
}

// bubbleKey makes this process the one of a bubble.
const bubbleKey = "PAIRMILL_TEST_BUBBLE"

// bubble runs f on fake time in a process of its own: the compression library keeps encoders for whoever comes next, and one
// that was made in a bubble is of no use outside of it.
func bubble(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	if os.Getenv(bubbleKey) != "" {
		synctest.Test(t, func(t *testing.T) { f(t, newWorld(t)) })
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	pattern := "^" + strings.ReplaceAll(regexp.QuoteMeta(t.Name()), "/", "$/^") + "$"
	cmd := exec.CommandContext(t.Context(), self, "-test.v", "-test.timeout=3m", "-test.run="+pattern)
	cmd.Env = append(os.Environ(), bubbleKey+"=1")
	if out, err := cmd.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("--- PASS: "+t.Name()+" (")) {
		t.Fatalf("%v\n%s", err, out)
	}
}

func refusal(t *testing.T, err error, status int) {
	t.Helper()
	var r *Refusal
	if !errors.As(err, &r) || r.Status != status {
		t.Errorf("error %v, want a refusal with status %d", err, status)
	}
}

func members(t *testing.T, c *plane, role cluster.Role) int {
	t.Helper()
	got, err := c.Members(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return len(slices.DeleteFunc(got.Members, func(m api.Member) bool { return m.Role != role }))
}

// gone is a store that nothing is to be had of.
type gone struct{ store.Store }

var errGone = errors.New("the store is gone")

func (gone) Open(context.Context, string) (store.Object, error) { return nil, errGone }

func (gone) Put(context.Context, string, store.Blob) (store.Info, error) {
	return store.Info{}, errGone
}

func (gone) List(context.Context, string) iter.Seq2[store.Info, error] {
	return func(yield func(store.Info, error) bool) { yield(store.Info{}, errGone) }
}

func (gone) Delete(context.Context, string) error { return errGone }
