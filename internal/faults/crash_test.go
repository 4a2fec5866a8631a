package faults

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pairmill/control/api"
	"pairmill/internal/crashpoint"
	"pairmill/schemas"
)

// crashLanes is how many clusters have workers that die at a time.
const crashLanes = 3

// crash is one death: the first time that a task's job comes to a point.
type crash struct {
	task  schemas.Task
	point string
}

func (c crash) String() string { return string(c.task) + ":" + c.point + ":1" }

// listTasks are those that a list has and a crawl has not. deliver is apart: its place is the top of a store.
var listTasks = []schemas.Task{schemas.TaskScan, schemas.TaskCut, schemas.TaskDeliver, schemas.TaskTally, schemas.TaskFinish}

var crawlTasks = []schemas.Task{
	schemas.TaskPlan, schemas.TaskGather, schemas.TaskWalk, schemas.TaskRoute, schemas.TaskExchange, schemas.TaskFetch,
	schemas.TaskDedup, schemas.TaskEmbed, schemas.TaskSelect, schemas.TaskCurate, schemas.TaskPublish, schemas.TaskRelease,
}

// crashes lists all tasks at all points, in shares whose tasks have one stage. PAIRMILL_CRASHES names some tasks instead.
func crashes() (shares [][]crash) {
	byStage := map[schemas.Stage][]crash{}
	wanted := strings.Split(os.Getenv("PAIRMILL_CRASHES"), ",")
	for _, task := range slices.Concat(crawlTasks, []schemas.Task{schemas.TaskRecall}, listTasks) {
		if wanted[0] != "" && !slices.Contains(wanted, string(task)) {
			continue
		}
		for _, point := range crashpoint.Points() {
			byStage[task.Stage()] = append(byStage[task.Stage()], crash{task, point})
		}
	}
	for _, stage := range schemas.Stages() {
		for share := range slices.Chunk(byStage[stage], len(crashpoint.Points())) {
			shares = append(shares, share)
		}
	}
	return shares
}

// TestCrashPoints lets a worker of a cluster die at each point of each task: only it takes jobs of the task's stage, until it
// is dead and has been started again. Each run must end as if nobody had died.
func TestCrashPoints(t *testing.T) {
	binary(t)
	w := newWeb(t, webConfig{Hosts: 3, Pages: 3, Pictures: 5})
	list := w.list(t)
	d := &deaths{seen: map[crash]bool{}}
	d.plans = []plan{
		{tasks: crawlTasks, name: "crawl", spec: func(contact string) string {
			// A checkpoint of the encoder is four batches: a small shard has one.
			return strings.Replace(w.crawlSpec(contact), "batch: 8", "batch: 1", 1)
		}},
		{tasks: []schemas.Task{schemas.TaskDeliver}, name: "delivered", alone: true,
			spec: func(contact string) string { return deliverSpec(list, contact, "webdataset") }},
		{tasks: []schemas.Task{schemas.TaskRecall}, name: "since", since: "earlier", spec: w.crawlSpec},
		{tasks: listTasks, name: "kept", spec: func(contact string) string { return deliverSpec(list, contact, "none") }},
	}
	for i, p := range d.plans {
		d.plans[i].ref = w.undisturbed(t, p.spec("undisturbed-"+p.name), "undisturbed-"+p.name)
	}
	began := time.Now()
	todo := make(chan []crash, 100)
	for _, share := range crashes() {
		todo <- share
	}
	close(todo)
	var lanes sync.WaitGroup
	for lane := range crashLanes {
		lanes.Go(func() {
			t.Run(fmt.Sprintf("cluster-%d", lane), func(t *testing.T) {
				d.lane(t, w, lane, todo)
			})
		})
	}
	lanes.Wait()
	d.check(t)
	t.Logf("%d of %d crash points were come to and died at, in %v", len(d.seen), len(slices.Concat(crashes()...)), since(began))
}

// plan is a kind of run and the tasks that crash in it.
type plan struct {
	tasks []schemas.Task
	name  string
	spec  func(contact string) string
	alone bool   // one run only may stand in its store
	since string // a run of the same spec, made before, that the others are since
	ref   reference
}

// deaths is what was died at.
type deaths struct {
	plans []plan
	mu    sync.Mutex // guards seen
	seen  map[crash]bool
}

func (d *deaths) plan(task schemas.Task) plan {
	for _, p := range d.plans {
		if slices.Contains(p.tasks, task) {
			return p
		}
	}
	panic("no plan has " + task)
}

// lane takes shares until there are none. All of a share have one stage.
func (d *deaths) lane(t *testing.T, w *web, lane int, todo <-chan []crash) {
	var r *rig
	for share := range todo {
		p := d.plan(share[0].task)
		if r == nil && !p.alone {
			r = newRig(t, rigConfig{S3: lane%2 == 0, Planes: 2, Lease: 3 * time.Second})
		}
		for _, c := range share {
			if t.Failed() {
				return
			}
			at := r
			if p.alone {
				at = newRig(t, rigConfig{Planes: 1, Lease: 3 * time.Second})
			}
			began := time.Now()
			died := at.crashAt(w, p, c)
			d.note(c, died)
			t.Logf("%s: died %v, and as undisturbed after %v", c, died, since(began))
			if p.alone {
				at.dismiss()
			}
		}
	}
}

func (d *deaths) note(c crash, died bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if died {
		d.seen[c] = true
	}
}

// check wants a death at each point that every task comes to.
func (d *deaths) check(t *testing.T) {
	t.Helper()
	if t.Failed() {
		return
	}
	for _, c := range slices.Concat(crashes()...) {
		// The end of a download writes nothing but its record, and no task must write more than one object.
		writes := c.task != schemas.TaskTally && c.task != schemas.TaskFinish
		if c.point == crashpoint.Checkpoint || c.point == crashpoint.Half && !writes {
			continue
		}
		if !d.seen[c] {
			t.Errorf("nothing died at %s: was the program built with the tag crashpoints?", c)
		}
	}
}

// crashAt makes one run with a worker that dies at a point, and tells whether it did.
func (r *rig) crashAt(w *web, p plan, c crash) (died bool) {
	r.t.Helper()
	others := slices.DeleteFunc(schemas.Stages(), func(s schemas.Stage) bool { return s == c.task.Stage() })
	var words []string
	for _, s := range others {
		words = append(words, string(s))
	}
	r.staff(strings.Join(words, ","))
	mortal := r.workers[0]
	if p.since != "" {
		r.before(mortal, p)
	}
	mortal.env = append(r.env[:len(r.env):len(r.env)], "PAIRMILL_SUPERVISED=no", "PAIRMILL_CRASH="+c.String())
	mortal.start()
	run := fmt.Sprintf("%s-%s-%s", p.name, c.task, c.point)
	r.submitAs(api.Submission{Spec: p.spec(run), Name: run, Since: p.since})
	for over := false; !died && !over; {
		died = mortal.awaitEnd(200 * time.Millisecond)
		s, ok := r.status(run)
		over = ok && s.State.Over()
	}
	// The last job is seen to be done before it is acknowledged.
	died = died || mortal.awaitEnd(time.Second)
	if died {
		cmd, _ := mortal.now(false)
		if !killed(cmd.ProcessState) {
			r.t.Errorf("%s: the worker ended by itself: %s", c, cmd.ProcessState)
		}
		mortal.env = append(r.env[:len(r.env):len(r.env)], "PAIRMILL_SUPERVISED=no")
		mortal.start()
	}
	if s := r.finish(run, 3*time.Minute); s.State != schemas.RunDone {
		r.t.Errorf("%s: %s is %s: %s", c, run, s.State, s.Text)
	}
	mortal.stop()
	waste := bounds{robots: w.cfg.Hosts * 4}
	if died {
		waste.requests = r.wasted(p.ref, 1)
	}
	r.check(w, run, run, p.ref, waste)
	return died
}

// before makes the run that a plan's are since, with a worker that does not die, unless it is there.
func (r *rig) before(worker *process, p plan) {
	r.t.Helper()
	if _, there := r.status(p.since); there {
		return
	}
	worker.start()
	r.submit(p.spec(p.since), p.since)
	if s := r.finish(p.since, 3*time.Minute); s.State != schemas.RunDone {
		r.t.Errorf("%s is %s: %s", p.since, s.State, s.Text)
	}
	worker.stop()
}

// staff sees to it that there is a worker that does not run yet, and two that work on these stages.
func (r *rig) staff(stages string) {
	r.t.Helper()
	if len(r.workers) == 0 {
		r.workers = append(r.workers, r.process("mortal", nil, "worker"))
	}
	want := []string{"worker", "--stages", stages}
	for i := 1; i <= 2; i++ {
		if i == len(r.workers) {
			r.addWorker(nil, want[1:]...)
			continue
		}
		if p := r.workers[i]; !slices.Equal(p.args, want) {
			p.stop()
			p.args = want
			p.start()
		}
	}
}

// dismiss ends all processes before the test does.
func (r *rig) dismiss() {
	for _, p := range slices.Concat(r.workers, r.planes, r.servers) {
		p.kill()
	}
	if r.s3 != nil {
		r.s3.kill()
	}
}
