package schemas

import (
	"fmt"
	"strconv"
	"strings"
)

// GroupAll names the group, and the job, of a task that runs once in a run.
const GroupAll = "all"

// AllGroup names the group of the tasks that run over a whole run, once in each generation: its curate, the publication of
// a version and its release.
func AllGroup(generation int) string {
	if generation == 0 {
		return GroupAll
	}
	return GenerationName(generation)
}

// NewJob makes a job of generation 0.
func NewJob(run string, task Task, group, name, input string) Job {
	return Job{Version: Version, Run: run, Task: task, Group: group, Name: name, Input: input}
}

// RollUp makes the job that sums up j's group.
func (j Job) RollUp(task Task) Job { return j.Follow(task, j.Group, GroupAll, "") }

// Follow makes a job of the same run and generation.
func (j Job) Follow(task Task, group, name, input string) Job {
	next := NewJob(j.Run, task, group, name, input)
	next.Generation = j.Generation
	return next
}

// GroupName names the i-th fetch group of a run.
func GroupName(i int) string { return fmt.Sprintf("g%05d", i) }

// GroupIndex reads what GroupName wrote.
func GroupIndex(name string) (i int, ok bool) {
	digits, ok := strings.CutPrefix(name, "g")
	if !ok {
		return 0, false
	}
	i, err := strconv.Atoi(digits)
	return i, err == nil
}

// EpochName names a crawl's i-th epoch, which is the group of its jobs.
func EpochName(i int) string { return fmt.Sprintf("e%05d", i) }

// PartName names the i-th part of a group, and the jobs and shards made of it.
func PartName(i int) string { return fmt.Sprintf("%05d", i) }

// SampleKey makes img2dataset's key of the i-th sample of a shard: the shard's number in so many digits, then the index in
// as many as the number of samples per shard needs.
func SampleKey(shard, i, perShard, digits int) string {
	width := len(strconv.Itoa(perShard - 1))
	if perShard <= 1 {
		width = 0 // img2dataset: ceil(log10(1)) digits
	}
	scale := 1
	for range width {
		scale *= 10
	}
	return fmt.Sprintf("%0*d", digits+width, shard*scale+i)
}

// BucketName names a hash bucket.
func BucketName(i int) string { return fmt.Sprintf("b%03d", i) }

// WalkJob makes the step-th walk of a lane in an epoch.
func WalkJob(run, epoch, lane string, step int, input string) Job {
	return NewJob(run, TaskWalk, epoch, fmt.Sprintf("%s-%03d", lane, step), input)
}

// RouteJob makes the job that ends a lane's epoch, from any job of that lane and epoch.
func RouteJob(j Job) Job { return NewJob(j.Run, TaskRoute, j.Group, LaneOfJob(j), "") }

// LaneOfJob returns the lane of a gather, walk or route.
func LaneOfJob(j Job) string {
	lane, _, _ := strings.Cut(j.Name, "-")
	return lane
}

// EpochIndex reads what EpochName wrote.
func EpochIndex(name string) (int, error) {
	digits, ok := strings.CutPrefix(name, "e")
	i, err := strconv.Atoi(digits)
	if !ok || err != nil {
		return 0, fmt.Errorf("%q names no epoch", name)
	}
	return i, nil
}
