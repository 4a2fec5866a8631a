package store

import (
	"fmt"
	"path"
	"strconv"
	"strings"
	"unicode/utf8"

	"pairmill/schemas"
)

// CheckKey refuses keys that some medium could not hold or could read as another key: a key is 1 to 1,024 bytes of
// UTF-8, parts separated by single slashes, no part empty, starting with a dot, or with control characters in it.
func CheckKey(key string) error {
	if key == "" || len(key) > 1024 || !utf8.ValidString(key) {
		return fmt.Errorf("%w %q: want 1 to 1,024 bytes of UTF-8", ErrBadKey, key)
	}
	for part := range strings.SplitSeq(key, "/") {
		if part == "" || part[0] == '.' || strings.ContainsFunc(part, func(r rune) bool { return r < ' ' || r == '\\' || r == 0x7f }) {
			return fmt.Errorf("%w %q: part %q", ErrBadKey, key, part)
		}
	}
	return nil
}

// Run returns the prefix of everything that belongs to a run.
func Run(run string) string { return "runs/" + run + "/" }

// SpecKey is where a run's spec stands, as submitted.
func SpecKey(run string) string { return Run(run) + "spec.yaml" }

// GenerationPrefix lists the passes of a run after its first.
func GenerationPrefix(run string) string { return Run(run) + "generations/" }

// GenerationKey is where the record of a run's n-th pass stands.
func GenerationKey(run string, n int) string {
	return GenerationPrefix(run) + schemas.GenerationName(n) + ".json"
}

// UsagePrefix lists what processes spent on a run.
func UsagePrefix(run string) string { return Run(run) + "usage/" }

// ControlPrefix lists what was decided about a run of a cluster.
func ControlPrefix(run string) string { return Run(run) + "control/" }

// RepairsPrefix lists the repairs that have replaced records of a run.
func RepairsPrefix(run string) string { return Run(run) + "repairs/" }

// RunsPrefix lists, for each run of a cluster, the numbers of the decisions about it, so that whoever looks after all runs
// need not list what is in them.
const RunsPrefix = "state/runs/"

// RunMark says that a run has so many decisions.
func RunMark(run string, n int) string { return fmt.Sprintf("%s%s/%s", RunsPrefix, run, numbered(n)) }

// SchedulesPrefix lists the schedules.
const SchedulesPrefix = "state/schedules/"

// SchedulePrefix lists what was decided about a schedule.
func SchedulePrefix(series string) string { return SchedulesPrefix + series + "/" }

// Numbered is where the n-th record below a prefix stands.
func Numbered(prefix string, n int) string { return prefix + numbered(n) }

func numbered(n int) string { return fmt.Sprintf("%06d.json", n) }

// NumberOf reads what Numbered wrote: the name behind the last slash.
func NumberOf(key string) (n int, ok bool) {
	name, ok := strings.CutSuffix(path.Base(key), ".json")
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(name)
	return n, err == nil && n > 0
}

// CommitKey is where a job's commit record stands.
func CommitKey(j schemas.Job) string {
	return CommitPrefix(j.Run, j.Stage(), j.Group) + jobFile(j)
}

// CommitPrefix lists a group's commit records.
func CommitPrefix(run string, stage schemas.Stage, group string) string {
	return fmt.Sprintf("%scommits/%s/%s/", Run(run), stage, group)
}

// QuarantineKey is where a given-up job's record stands.
func QuarantineKey(j schemas.Job) string {
	return QuarantinePrefix(j.Run, j.Stage(), j.Group) + jobFile(j)
}

// QuarantinePrefix lists a group's given-up jobs.
func QuarantinePrefix(run string, stage schemas.Stage, group string) string {
	return fmt.Sprintf("%squarantine/%s/%s/", Run(run), stage, group)
}

// jobFile names a job within its stage and group.
func jobFile(j schemas.Job) string { return strings.TrimPrefix(j.ID(), j.Group+"_") + ".json" }

// Hashed puts a content hash into a file name, so that other content gets another key: a/b.tar → a/b.<hash>.tar.
func Hashed(key string, sum schemas.Hash) string {
	ext := path.Ext(key)
	return strings.TrimSuffix(key, ext) + "." + sum.Short() + ext
}
