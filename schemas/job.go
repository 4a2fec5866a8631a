package schemas

import (
	"fmt"
	"regexp"
)

// Stage is a pool of work: workers subscribe to stages, and each stage is one queue.
type Stage string

// The stages, in the order of the data.
const (
	StagePlan    Stage = "plan"
	StageCrawl   Stage = "crawl"
	StageFetch   Stage = "fetch"
	StageDedup   Stage = "dedup"
	StageEmbed   Stage = "embed"
	StageCurate  Stage = "curate"
	StagePublish Stage = "publish"
)

// Stages lists every stage in the order of the data.
func Stages() []Stage {
	return []Stage{StagePlan, StageCrawl, StageFetch, StageDedup, StageEmbed, StageCurate, StagePublish}
}

// Task is one kind of job; each has one handler and belongs to one stage.
type Task string

// The tasks. A roll-up runs when every job that it sums up has committed.
const (
	TaskPlan     Task = "plan"     // spec → first groups
	TaskRecall   Task = "recall"   // one group of an earlier run: what it knows of URLs
	TaskGather   Task = "gather"   // a lane takes in what others sent it; writes fetch parts and its first walk
	TaskWalk     Task = "walk"     // one part of a lane's pages: fetch, parse, find
	TaskRoute    Task = "route"    // roll-up of a lane's walks: one outbox for each lane that was linked to
	TaskExchange Task = "exchange" // roll-up of an epoch's routes: budgets, the next epoch's lanes, a fetch group
	TaskScan     Task = "scan"     // one range of a list, or one group of tables to retry: its rows as candidates
	TaskCut      Task = "cut"      // roll-up of a generation's scans: fetch parts of equal size
	TaskFetch    Task = "fetch"    // one part: fetch, filter, shard
	TaskDedup    Task = "dedup"    // one hash bucket of one group: winners among equal images
	TaskEmbed    Task = "embed"    // one shard's winners: vectors and similarity
	TaskSelect   Task = "select"   // roll-up of a group's embeds: its rows in global shuffle order
	TaskCurate   Task = "curate"   // merge of all groups: thresholds, opt-outs, equal output shards
	TaskPublish  Task = "publish"  // one output shard: tar and tables
	TaskRelease  Task = "release"  // roll-up of publication: plain names, cards, manifest last
	TaskDeliver  Task = "deliver"  // one shard in img2dataset's layout
	TaskTally    Task = "tally"    // roll-up of a group's deliveries
	TaskFinish   Task = "finish"   // roll-up of a generation's tallies: the end of a run that delivers
)

var stageOf = map[Task]Stage{
	TaskPlan: StagePlan, TaskRecall: StagePlan, TaskScan: StagePlan, TaskCut: StagePlan, TaskGather: StageCrawl, TaskWalk: StageCrawl, TaskRoute: StageCrawl,
	TaskExchange: StageCrawl, TaskFetch: StageFetch, TaskDedup: StageDedup, TaskEmbed: StageEmbed,
	TaskSelect: StageCurate, TaskCurate: StageCurate, TaskPublish: StagePublish, TaskRelease: StagePublish,
	TaskDeliver: StagePublish, TaskTally: StagePublish, TaskFinish: StagePublish,
}

// Stage returns the pool that runs the task; empty for an unknown task.
func (t Task) Stage() Stage { return stageOf[t] }

// Job is one unit of work: a few hundred bytes that name things. Run, task, group and name identify it; the same
// identity is always the same work.
type Job struct {
	Version    int    `json:"v"`
	Run        string `json:"run"`
	Task       Task   `json:"task"`
	Group      string `json:"group"`           // jobs planned together; their commits are listed together
	Name       string `json:"name"`            // unique among the group's jobs of this task
	Generation int    `json:"generation"`      // 0 for the first pass
	Input      string `json:"input,omitempty"` // key of one immutable object; empty when the group says it all
}

// nameRE keeps identities safe as object keys, file names and NATS tokens alike.
var nameRE = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$`)

// ValidName tells whether s can name a run, a group or a job: 1 to 64 of a-z, 0-9 and inner hyphens.
func ValidName(s string) bool { return nameRE.MatchString(s) }

// Stage returns the job's pool.
func (j Job) Stage() Stage { return j.Task.Stage() }

// ID identifies the job inside its run and stage, without dots or slashes.
func (j Job) ID() string {
	id := j.Group + "_" + string(j.Task) + "-" + j.Name
	if j.Generation > 0 {
		id = fmt.Sprintf("%s-g%d", id, j.Generation)
	}
	return id
}

// Validate refuses a job that this program cannot run, saying why.
func (j Job) Validate() error {
	switch {
	case j.Version != Version:
		return fmt.Errorf("job of schema version %d: this program reads version %d", j.Version, Version)
	case j.Task.Stage() == "":
		return fmt.Errorf("job of unknown task %q", j.Task)
	case !ValidName(j.Run), !ValidName(j.Group), !ValidName(j.Name):
		return fmt.Errorf("job names %q, %q, %q: want a-z, 0-9 and inner hyphens", j.Run, j.Group, j.Name)
	case j.Generation < 0:
		return fmt.Errorf("job %s: generation %d is negative", j.ID(), j.Generation)
	}
	return nil
}

// Critical tells whether a run cannot go on without the task's jobs. The others cost their own rows when they are
// given up, and the run ends without those; a recall costs requests.
func (t Task) Critical() bool {
	switch t {
	case TaskRecall, TaskWalk, TaskFetch, TaskEmbed:
		return false
	}
	return true
}
