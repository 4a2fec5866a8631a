package schemas

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestReasonsAreAClosedList(t *testing.T) {
	t.Parallel()
	all := Reasons()
	if len(all) < 40 || !slices.IsSorted(all) || len(slices.Compact(slices.Clone(all))) != len(all) {
		t.Errorf("%d reasons: %q", len(all), all)
	}
	for _, r := range all {
		if !r.Valid() || !slices.Contains([]Class{Gone, Refused, Ours}, r.Class()) || r == Kept {
			t.Errorf("%q has class %q", r, r.Class())
		}
		if strings.Trim(string(r), "abcdefghijklmnopqrstuvwxyz_") != "" {
			t.Errorf("%q is no word of a closed list", r)
		}
		b, err := json.Marshal(map[Reason]int{r: 1})
		var back map[Reason]int
		if err == nil {
			err = json.Unmarshal(b, &back)
		}
		if err != nil || back[r] != 1 {
			t.Errorf("%s became %v, %v", b, back, err)
		}
	}
	if !Kept.Valid() || Kept.Class() != "" || Reason("tired").Valid() || Reason("tired").Class() != "" {
		t.Error("the list is not closed")
	}
}

func TestDuration(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]time.Duration{"0": 0, "30s": 30 * time.Second, "1m30s": 90 * time.Second, "500ms": time.Second / 2, "1h": time.Hour} {
		var d, again Duration
		if err := d.UnmarshalText([]byte(in)); err != nil || d.Std() != want {
			t.Errorf("%s is %v, %v", in, d.Std(), err)
		}
		text, err := d.MarshalText()
		if err == nil {
			err = again.UnmarshalText(text)
		}
		if err != nil || again != d {
			t.Errorf("%s became %s became %v, %v", in, text, again, err)
		}
	}
	for _, in := range []string{"", "30", "-1s", "soon", "1.5", "9999999h"} {
		var d Duration
		if err := d.UnmarshalText([]byte(in)); err == nil || !strings.Contains(err.Error(), "30s or 1m30s") {
			t.Errorf("%q is %v, %v", in, d, err)
		}
	}
}

func TestBytes(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]Bytes{"0": 0, "5000": 5000, "7B": 7, "500KB": 500_000, "32MiB": 32 << 20, " 1 GiB ": 1 << 30, "2TB": 2e12, "1KiB": 1024} {
		var b Bytes
		if err := b.UnmarshalText([]byte(in)); err != nil || b != want {
			t.Errorf("%q is %d, %v", in, b, err)
		}
	}
	for want, b := range map[string]Bytes{"0": 0, "1000": 1000, "1KiB": 1024, "32MiB": 32 << 20, "3GiB": 3 << 30, "1025": 1025, "1TiB": 1 << 40} {
		if text, err := b.MarshalText(); string(text) != want || err != nil {
			t.Errorf("%d is written %s, %v; want %s", b, text, err, want)
		}
	}
	for _, in := range []string{"", "-1", "1.5MB", "MB", "1 mb", "9223372036854775808", "9007199254740993KiB", "99999999TiB"} {
		var b Bytes
		if err := b.UnmarshalText([]byte(in)); err == nil {
			t.Errorf("%q is %d", in, b)
		}
	}
}

func FuzzBytes(f *testing.F) {
	for _, s := range []string{"5000", "32MiB", "1 KB", "-1", "9223372036854775807", "8589934592GiB", "0TiB"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		var b, again Bytes
		if b.UnmarshalText([]byte(in)) != nil {
			return
		}
		text, err := b.MarshalText()
		if err == nil {
			err = again.UnmarshalText(text)
		}
		if err != nil || again != b || b < 0 {
			t.Fatalf("%q is %d, written %s, then %d, %v", in, b, text, again, err)
		}
	})
}

func FuzzDuration(f *testing.F) {
	for _, s := range []string{"0", "30s", "1m30s", "-1s", "1.000000001s", "2540400h10m10.000000000s"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		var d, again Duration
		if d.UnmarshalText([]byte(in)) != nil {
			return
		}
		text, err := d.MarshalText()
		if err == nil {
			err = again.UnmarshalText(text)
		}
		if err != nil || again != d || d < 0 {
			t.Fatalf("%q is %v, written %s, then %v, %v", in, d, text, again, err)
		}
	})
}

func TestJobValidate(t *testing.T) {
	t.Parallel()
	good := NewJob("r1", TaskFetch, "g00000", "00001", "key")
	for _, c := range []struct {
		name   string
		change func(*Job)
		want   string // in the error; empty = valid
	}{
		{"as made", func(*Job) {}, ""},
		{"later generation", func(j *Job) { j.Generation = 3 }, ""},
		{"no input", func(j *Job) { j.Input = "" }, ""},
		{"newer version", func(j *Job) { j.Version = 2 }, "version 2: this program reads version 1"},
		{"no version", func(j *Job) { j.Version = 0 }, "version 0"},
		{"unknown task", func(j *Job) { j.Task = "dream" }, `unknown task "dream"`},
		{"dot in a name", func(j *Job) { j.Name = "a.b" }, "inner hyphens"},
		{"slash in a group", func(j *Job) { j.Group = "a/b" }, "inner hyphens"},
		{"no run", func(j *Job) { j.Run = "" }, "inner hyphens"},
		{"negative generation", func(j *Job) { j.Generation = -1 }, "generation -1 is negative"},
	} {
		j := good
		c.change(&j)
		err := j.Validate()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q in it", c.name, err, c.want)
		}
	}
}

func TestValidName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"a": true, "0": true, "a-b": true, "g00000": true, strings.Repeat("a", 64): true, strings.Repeat("a", 65): false,
		"": false, "-a": false, "a-": false, "A": false, "a_b": false, "a.b": false, "a b": false, "é": false, "a\n": false, "*": false, ">": false,
	} {
		if ValidName(name) != want {
			t.Errorf("%q is valid: %v", name, !want)
		}
	}
}

func TestJobIDsDiffer(t *testing.T) {
	t.Parallel()
	j := NewJob("r", TaskFetch, "g00000", "00001", "")
	retry := j
	retry.Generation = 1
	seen := map[string]Job{}
	for _, x := range []Job{j, retry, NewJob("r", TaskEmbed, "g00000", "00001", ""), NewJob("r", TaskFetch, "g00001", "00001", ""), NewJob("r", TaskFetch, "g00000", "00002", ""), j.RollUp(TaskSelect)} {
		if old, ok := seen[x.ID()]; ok {
			t.Errorf("%+v and %+v are both %s", old, x, x.ID())
		}
		seen[x.ID()] = x
		if strings.ContainsAny(x.ID(), "./ *>") {
			t.Errorf("%s is no subject token", x.ID())
		}
	}
	if other := NewJob("r", TaskFetch, "g00000", "00001", "other input"); other.ID() != j.ID() {
		t.Error("the input is part of the id")
	}
}

func TestEveryTaskHasAStage(t *testing.T) {
	t.Parallel()
	used := map[Stage]bool{}
	for task, stage := range stageOf {
		if !slices.Contains(Stages(), stage) || task.Stage() != stage {
			t.Errorf("task %s has stage %q", task, stage)
		}
		used[stage] = true
	}
	if len(used) != len(Stages()) {
		t.Errorf("stages with tasks: %v", used)
	}
	if Task("dream").Stage() != "" {
		t.Error("an unknown task has a stage")
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for _, i := range []int{0, 7, 99_999, 123_456} {
		if n, ok := GroupIndex(GroupName(i)); n != i || !ok {
			t.Errorf("%s is %d, %v", GroupName(i), n, ok)
		}
		if n, err := EpochIndex(EpochName(i)); n != i || err != nil {
			t.Errorf("%s is %d, %v", EpochName(i), n, err)
		}
		for _, name := range []string{GroupName(i), EpochName(i), PartName(i), BucketName(i)} {
			if !ValidName(name) {
				t.Errorf("%s is no name", name)
			}
		}
	}
	for _, name := range []string{"", "all", "e00001", "g", "gx", "00001"} {
		if n, ok := GroupIndex(name); ok {
			t.Errorf("%q is group %d", name, n)
		}
	}
	for _, name := range []string{"", "all", "g00001", "e", "ex"} {
		if n, err := EpochIndex(name); err == nil {
			t.Errorf("%q is epoch %d", name, n)
		}
	}
	walk := WalkJob("r", "e00001", "l007", 12, "key")
	if route := RouteJob(walk); walk.Name != "l007-012" || route != RouteJob(NewJob("r", TaskGather, "e00001", "l007", "")) || route.Name != "l007" {
		t.Errorf("%+v ends in %+v", walk, route)
	}
}

func TestID(t *testing.T) {
	t.Parallel()
	id := NewID("http://a.test/x.png", "a red square")
	for _, other := range []ID{NewID("http://a.test/x.pn", "ga red square"), NewID("http://a.test/x.png", ""), NewID("", "a red square")} {
		if other == id {
			t.Error("another URL or text has the same id")
		}
	}
	back, err := ParseID(id.String())
	if err != nil || back != id || len(id.String()) != 32 {
		t.Errorf("%s read back as %s, %v", id, back, err)
	}
	if hi, lo := id.Halves(); fmt.Sprintf("%016x%016x", hi, lo) != id.String() {
		t.Errorf("halves %x and %x of %s", hi, lo, id)
	}
	for _, bad := range []string{"", "00", strings.Repeat("g", 32), strings.Repeat("0", 33), strings.Repeat("é", 16)} {
		if _, err := ParseID(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
	if id.Shuffle(1) == id.Shuffle(2) || id.Shuffle(1) != back.Shuffle(1) {
		t.Error("the shuffle does not depend on the seed alone")
	}
}

func TestHashText(t *testing.T) {
	t.Parallel()
	h := Hash{1, 2, 31: 255}
	b, err := json.Marshal(h)
	var back Hash
	if err == nil {
		err = json.Unmarshal(b, &back)
	}
	if err != nil || back != h || h.Short() != "0102000000000000" {
		t.Errorf("%s, %s, %v", b, h.Short(), err)
	}
	for _, bad := range []string{`""`, `"00"`, `"` + strings.Repeat("x", 64) + `"`} {
		if err := json.Unmarshal([]byte(bad), &back); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}

func TestSummaryBalances(t *testing.T) {
	t.Parallel()
	var c Counts
	c.Add(Counts{Inputs: 10, Kept: 8, Dropped: map[Reason]int64{HTTPGone: 2}})
	c.Add(Counts{Distinct: 7, Dropped: map[Reason]int64{DuplicateImage: 1}})
	c.Add(Counts{Quarantined: 2, Embedded: 5})
	c.Add(Counts{Rows: 4, Dropped: map[Reason]int64{LowSimilarity: 1, HTTPGone: 0}})
	s := Summarize("r", c)
	if s.Balance() != 0 || s.Kept != 4 || s.Candidates != 10 || s.DistinctImages != 7 {
		t.Errorf("%+v is off by %d", s, s.Balance())
	}
	s.Kept++
	if s.Balance() != -1 {
		t.Errorf("a row too many is off by %d", s.Balance())
	}
	if empty := Summarize("r", Counts{}); empty.Dropped == nil || empty.Balance() != 0 {
		t.Errorf("%+v", empty)
	}
}
