package nats

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	natsio "github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"pairmill/cluster"
	"pairmill/cluster/clustertest"
	"pairmill/schemas"
)

// documented is a server with the permissions that docs/security.md has, and the seeds of its two kinds of users.
type documented struct {
	server          *Server
	url             string
	control, worker string // files
	account         string // of a third user, who may do everything
}

func startDocumented(t *testing.T) *documented {
	t.Helper()
	page, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, ok := strings.Cut(string(page), "```conf\n")
	text, _, ok2 := strings.Cut(text, "```")
	if !ok || !ok2 {
		t.Fatal("docs/security.md holds no configuration")
	}
	for _, s := range schemas.Stages() {
		if !strings.Contains(text, streamOf(s)+".") {
			t.Fatalf("the documented permissions lack stage %s", s)
		}
	}
	l, d := newLair(t), &documented{}
	for name, file := range map[string]*string{"UCONTROL": &d.control, "UWORKER": &d.worker, "UADMIN": &d.account} {
		_, public, seed := l.key(nkeys.CreateUser)
		*file = l.file(name, seed)
		if name == "UADMIN" {
			text = strings.Replace(text, "users: [", "users: [\n{ nkey: "+public+" }", 1)
		}
		text = strings.ReplaceAll(text, "nkey: "+name, "nkey: "+public)
	}
	d.server = startServerWith(t, func(o *server.Options) {
		if err := o.ProcessConfigString(text); err != nil {
			t.Fatal(err)
		}
		listen(o)
	})
	d.url = d.server.URL()
	return d
}

// open connects as one of the users, and objects when the server says that something is not permitted.
func (d *documented) open(t *testing.T, cfg Config) *Queue {
	t.Helper()
	var said sayings
	cfg.Lease, cfg.Log = lease, slog.New(slog.NewTextHandler(&said, nil))
	cfg.NKey = d.control
	if cfg.Worker {
		cfg.NKey = d.worker
	}
	q, err := Open(t.Context(), Connect(d.url), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = q.Close()
		if text := said.String(); strings.Contains(text, "ermissions") {
			t.Errorf("more is wanted than is permitted: %s", text)
		}
	})
	return q
}

// pair is a queue of a control plane and a worker: each does what is its own.
type pair struct {
	*Queue        // the worker's
	plane  *Queue // makes runs known, steers, drops, and reads dead letters
}

func (p pair) Push(ctx context.Context, jobs ...schemas.Job) error {
	for _, j := range jobs {
		if schemas.ValidName(j.Run) {
			if err := p.plane.know(ctx, j.Run); err != nil {
				return err
			}
		}
	}
	return p.Queue.Push(ctx, jobs...)
}

func (p pair) Steer(ctx context.Context, run string, s cluster.Share) error {
	return p.plane.Steer(ctx, run, s)
}
func (p pair) Drop(ctx context.Context, run string) error { return p.plane.Drop(ctx, run) }
func (p pair) Close() error                               { return p.Queue.Close() }

// TestSuiteAsWorker is the queue's suite, done by a worker with a control plane beside it, on a server that permits them
// what docs/security.md says and nothing else.
func TestSuiteAsWorker(t *testing.T) {
	t.Parallel()
	for _, c := range clustertest.Cases() {
		if !faults() && !slices.Contains(append(differs, "duplicates do not hinder others", "late settlements change nothing"), c.Name) {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			d := startDocumented(t)
			open := func(t *testing.T) clustertest.Queue {
				plane := d.open(t, Config{})
				worker := d.open(t, Config{Worker: true})
				worker.replicated = true // so that it asks as on several servers
				q := pair{worker, plane}
				return struct {
					pair
					cluster.DeadLetterLister
				}{q, plane}
			}
			admin, err := Open(t.Context(), Connect(d.url), Config{NKey: d.account, Lease: lease, Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = admin.Close() })
			c.Run(t, clustertest.Harness{
				Queue: open(t),
				Inject: func(t *testing.T, run string, stage schemas.Stage, id string, body []byte) {
					if err := admin.know(t.Context(), run); err != nil {
						t.Fatal(err)
					}
					publish(t, admin, workSubject(stage, run, id), body)
				},
				Beside: open,
			})
		})
	}
}

// TestMediumAsWorker: what a worker does beside the queue, and a control plane with it, is permitted.
func TestMediumAsWorker(t *testing.T) {
	t.Parallel()
	d := startDocumented(t)
	plane, worker := d.open(t, Config{}).Medium(), d.open(t, Config{Worker: true}).Medium()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	var roles sync.WaitGroup
	defer roles.Wait()
	defer cancel()
	lock, err := plane.Lock(ctx, "leader", "c")
	if err != nil {
		t.Fatal(err)
	}
	for name, m := range map[string]*Medium{"pace-3": plane, "control-1": plane, "worker-1": worker} {
		roles.Go(func() {
			err := m.Answer(ctx, name, func(_ context.Context, q []byte) ([]byte, error) { return append([]byte(name+" "), q...), nil })
			if err != nil {
				t.Errorf("Answer to %s: %v", name, err)
			}
		})
		roles.Go(func() {
			if err := m.Announce(ctx, func() cluster.Member { return cluster.Member{ID: name} }); err != nil {
				t.Errorf("Announce: %v", err)
			}
		})
	}
	for name, m := range map[string]*Medium{"pace-3": worker, "control-1": plane, "worker-1": plane} {
		eventually(t, "a call to "+name+" is answered", func() bool {
			answer, err := m.Call(ctx, name, []byte("hello"))
			return err == nil && string(answer) == name+" hello"
		})
	}
	eventually(t, "all are members", func() bool {
		list, err := plane.Members(ctx)
		return err == nil && len(list) == 3
	})
	for i := range minBatch + 1 {
		worker.Note(cluster.Entry{Run: "r1", Job: "j", Text: strings.Repeat("x", i+1)})
	}
	eventually(t, "the worker's lines are there", func() bool {
		n := 0
		for _, err := range plane.Lines(ctx, "r1", "j") {
			if err != nil {
				return false
			}
			n++
		}
		return n >= minBatch+1
	})
	setOften(t, plane, "often")
	tick, err := plane.NextTick(ctx)
	if err == nil {
		err = tick.Ack(ctx)
	}
	list, lerr := plane.Timers(ctx)
	if err := errors.Join(err, lerr, plane.RemoveTimer(ctx, "often"), plane.Remember(ctx, "pace-3", "x", []byte("1"), time.Minute)); err != nil || len(list) != 1 {
		t.Errorf("timers %v, %v", list, err)
	}
	for m, err := range plane.Recall(ctx, "pace-3") {
		if err != nil || string(m.Value) != "1" {
			t.Errorf("recalled %+v, %v", m, err)
		}
	}
	if err := lock.Unlock(ctx); err != nil {
		t.Errorf("Unlock: %v", err)
	}
}

// TestWorkerCannot: whatever is not a worker's, the server refuses it.
func TestWorkerCannot(t *testing.T) {
	t.Parallel()
	d := startDocumented(t)
	plane := d.open(t, Config{})
	m := plane.Medium()
	lock, err := m.Lock(t.Context(), "leader", "c")
	if err != nil {
		t.Fatal(err)
	}
	setOften(t, m, "often")
	push(t, plane, testJob("a"), testJob("b"))
	if err := pull(t, plane).Reject(t.Context(), "a secret reason"); err != nil {
		t.Fatal(err)
	}
	mallory := intrude(t, d)
	consumer := `{"stream_name":"PAIRMILL_FETCH","config":{"durable_name":"mine","ack_policy":"explicit","deliver_policy":"all"}}`
	for subject, body := range map[string]string{
		"$JS.API.STREAM.DELETE.PAIRMILL_FETCH":                                "",
		"$JS.API.STREAM.PURGE.PAIRMILL_FETCH":                                 "",
		"$JS.API.STREAM.UPDATE.PAIRMILL_FETCH":                                `{"name":"PAIRMILL_FETCH","subjects":["x"]}`,
		"$JS.API.STREAM.CREATE.MINE":                                          `{"name":"MINE","subjects":["mine.>"]}`,
		"$JS.API.STREAM.MSG.DELETE.PAIRMILL_FETCH":                            `{"seq":2}`,
		"$JS.API.STREAM.LIST":                                                 "",
		"$JS.API.STREAM.NAMES":                                                "",
		"$JS.API.INFO":                                                        "",
		"$JS.API.CONSUMER.CREATE.PAIRMILL_FETCH.mine":                         consumer,
		"$JS.API.CONSUMER.CREATE.PAIRMILL_FETCH.mine.work.fetch.x.*":          consumer,
		"$JS.API.CONSUMER.DURABLE.CREATE.PAIRMILL_FETCH.mine":                 consumer,
		"$JS.API.CONSUMER.CREATE.PAIRMILL_DEAD.mine":                          consumer,
		"$JS.API.CONSUMER.DELETE.PAIRMILL_FETCH.r1":                           "",
		"$JS.API.CONSUMER.PAUSE.PAIRMILL_FETCH.r1":                            `{"pause_until":"2099-01-01T00:00:00Z"}`,
		"$JS.API.CONSUMER.INFO.PAIRMILL_FETCH.r1":                             "",
		"$JS.API.CONSUMER.MSG.NEXT.PAIRMILL_TIMERS." + tickConsumer:           "1",
		"$JS.ACK.PAIRMILL_TIMERS." + tickConsumer + ".1.1.1.1.0":              "+ACK",
		"$JS.API.STREAM.MSG.GET.PAIRMILL_DEAD":                                `{"seq":1}`,
		"$JS.API.DIRECT.GET.PAIRMILL_DEAD":                                    `{"seq":1}`,
		"$JS.API.DIRECT.GET.PAIRMILL_DEAD.dead.fetch.r1." + testJob("a").ID(): "",
		"$JS.API.STREAM.INFO.PAIRMILL_DEAD":                                   "",
		"$JS.API.DIRECT.GET.PAIRMILL_LOG":                                     `{"seq":1}`,
		"$JS.API.DIRECT.GET.KV_pairmill-members":                              `{"seq":1}`,
		"$JS.API.STREAM.MSG.GET.KV_pairmill-locks":                            `{"seq":1}`,
		"$KV.pairmill-runs.r1":                                                `{"paused":true}`,
		"$KV.pairmill-locks.leader":                                           "mallory",
		"$KV.pairmill-memory.pace-3.x":                                        "1",
		"$KV.other.x":                                                         "1",
		"timer.mine":                                                          "",
		"tick.often":                                                          "",
		"pairmill.runs.r1":                                                    `{"paused":true}`,
		"call.control.1":                                                      "stop",
		"call.worker.1":                                                       "stop",
		"_INBOX.x":                                                            "an answer",
		"anything.else":                                                       "",
	} {
		mallory.refused(t, "Publish", subject, func() error { return mallory.nc.PublishRequest(subject, mallory.inbox, []byte(body)) })
	}
	for _, subject := range []string{
		">", "work.>", "work.fetch.*.*", "dead.>", "log.>", "$KV.>", "$JS.>", "$JS.API.>", "$JS.EVENT.>", "_INBOX.>", "call.>", "call.pace.*",
		"call.control.*", "timer.*", "tick.*", "anything.else",
	} {
		mallory.refused(t, "Subscription", subject, func() error {
			sub, err := mallory.nc.SubscribeSync(subject)
			if err == nil {
				t.Cleanup(func() { _ = sub.Unsubscribe() })
			}
			return err
		})
	}
	if mallory.answers() != 0 {
		t.Errorf("the server gave %d answers", mallory.answers())
	}
	if n, err := plane.Pending(t.Context(), "r1", schemas.StageFetch); n != 1 || err != nil {
		t.Errorf("%d jobs pending, %v", n, err)
	}
	if !lock.Held() {
		t.Error("the lock was taken away")
	}
	if k, ok := plane.runs.get("r1"); !ok || k.share.Paused {
		t.Errorf("the run is %+v, %v", k, ok)
	}

	worker := d.open(t, Config{Worker: true, Timeout: time.Second})
	if _, err := worker.Mend(t.Context()); !errors.Is(err, errWorker) {
		t.Errorf("Mend: %v", err)
	}
	if err := worker.Steer(t.Context(), "r1", cluster.Share{Paused: true}); !errors.Is(err, errWorker) {
		t.Errorf("Steer: %v", err)
	}
	if err := worker.Drop(t.Context(), "r1"); !errors.Is(err, errWorker) {
		t.Errorf("Drop: %v", err)
	}
}

// intruder is a connection with a worker's seed and another program's mind.
type intruder struct {
	nc    *natsio.Conn
	inbox string
	hits  *natsio.Subscription
	said  chan error
}

func intrude(t *testing.T, d *documented) *intruder {
	t.Helper()
	m := &intruder{said: make(chan error, 100), inbox: workerInbox + ".mallory"}
	seed, err := natsio.NkeyOptionFromSeed(d.worker)
	if err == nil {
		m.nc, err = natsio.Connect(d.url, seed, natsio.CustomInboxPrefix(workerInbox),
			natsio.ErrorHandler(func(_ *natsio.Conn, _ *natsio.Subscription, err error) { m.said <- err }))
	}
	if err == nil {
		m.hits, err = m.nc.SubscribeSync(m.inbox)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.nc.Close)
	return m
}

// refused asserts that the server refuses what do does.
func (m *intruder) refused(t *testing.T, kind, subject string, do func() error) {
	t.Helper()
	if err := errors.Join(do(), m.nc.Flush()); err != nil {
		t.Errorf("%s %q: %v", kind, subject, err)
		return
	}
	select {
	case err := <-m.said:
		if !errors.Is(err, natsio.ErrPermissionViolation) || !strings.Contains(err.Error(), kind) || !strings.Contains(err.Error(), `"`+subject+`"`) {
			t.Errorf("%s %q: the server says %v", kind, subject, err)
		}
	case <-time.After(5 * time.Second):
		t.Errorf("%s %q is not refused", kind, subject)
	}
}

// answers counts what came back.
func (m *intruder) answers() int {
	n, _, _ := m.hits.Pending()
	return n
}

// TestAnswersGoAnywhere: what docs/security.md warns of, so that nobody believes otherwise.
func TestAnswersGoAnywhere(t *testing.T) {
	t.Parallel()
	d := startDocumented(t)
	plane := d.open(t, Config{})
	push(t, plane, testJob("a"))
	heard, err := plane.nc.SubscribeSync("_INBOX.somebody")
	if err != nil {
		t.Fatal(err)
	}
	m := intrude(t, d)
	if err := m.nc.PublishRequest("$JS.API.STREAM.INFO.PAIRMILL_FETCH", "_INBOX.somebody", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := heard.NextMsg(5 * time.Second); err != nil {
		t.Errorf("the server looks at where an answer goes by now: %v. Say so in docs/security.md", err)
	}
}

// TestWorkerFirst: a worker that comes before the control plane is told what it waits for.
func TestWorkerFirst(t *testing.T) {
	t.Parallel()
	d := startDocumented(t)
	cfg := Config{Worker: true, NKey: d.worker, Log: slog.New(slog.DiscardHandler)}
	if q, err := Open(t.Context(), Connect(d.url), cfg); err == nil {
		_ = q.Close()
		t.Fatal("opened")
	} else if !strings.Contains(err.Error(), "control plane") {
		t.Errorf("error %q", err)
	}
	cfg.Worker, cfg.Timeout = false, time.Second
	if q, err := Open(t.Context(), Connect(d.url), cfg); err == nil {
		_ = q.Close()
		t.Fatal("a worker's user has set up streams")
	} else if !strings.Contains(err.Error(), "ermissions") || !strings.Contains(err.Error(), "STREAM") {
		t.Errorf("error %q names no permission", err)
	}
	d.open(t, Config{})
	d.open(t, Config{Worker: true})
}
