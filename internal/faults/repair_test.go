package faults

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
)

// rot does to a file of the S3 server what a disk does: nobody is told.
func rot(t *testing.T, path, how string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err == nil {
		switch how {
		case "flipped":
			data[len(data)/2] ^= 1
			err = os.WriteFile(path, data, 0o644)
		case "truncated":
			err = os.Truncate(path, int64(len(data)/2))
		case "removed":
			err = os.Remove(path)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

var damages = []string{"flipped", "truncated", "removed"}

// madeBy returns what a run's jobs of a task made, by role.
func (r *rig) madeBy(run string, task schemas.Task) map[string][]schemas.Object {
	r.t.Helper()
	all := map[string][]schemas.Object{}
	for rec, err := range ledger.Run(r.t.Context(), r.store, run) {
		if err != nil {
			r.t.Fatal(err)
		}
		if rec.Job.Task == task {
			for _, o := range rec.Objects {
				all[o.Role] = append(all[o.Role], o)
			}
		}
	}
	return all
}

// requests is how often the site was asked for pictures and pages.
func (w *web) requests() (n int) {
	for _, v := range w.Visits() {
		if v.Path != "/robots.txt" {
			n++
		}
	}
	return n
}

// TestBitRot damages what a server keeps of a crawl with a dataset and of a list with deliveries, in its folder, one object of each kind
// and each way after the other: verify names it, repair makes it again and nothing else, within its bound of requests.
func TestBitRot(t *testing.T) {
	binary(t)
	w := newWeb(t, webConfig{Hosts: 3, Pages: 3, Pictures: 5})
	r := newRig(t, rigConfig{S3: true})
	r.must("run", writeFile(t, "crawl.yaml", w.crawlSpec("crawl")), "--store", r.location, "--id", "crawl")
	r.must("run", writeFile(t, "list.yaml", deliverSpec(w.list(t), "list", "webdataset")), "--store", r.location, "--id", "list")
	type damaged struct {
		what  string
		o     schemas.Object
		limit int // requests that its repair may take
	}
	var all []damaged
	pick := func(what, run string, task schemas.Task, role string, limit int) {
		of := r.madeBy(run, task)[role]
		if len(of) == 0 {
			t.Fatalf("%s has no %s", run, what)
		}
		all = append(all, damaged{what, of[0], limit})
	}
	for _, run := range []string{"crawl", "list"} {
		pick("shard", run, schemas.TaskFetch, schemas.RoleTar, partRows)
		pick("table", run, schemas.TaskFetch, schemas.RoleTable, partRows)
		pick("hash run", run, schemas.TaskFetch, schemas.RoleHashes, 0)
		pick("observations", run, schemas.TaskFetch, schemas.RoleObservations, 0)
	}
	pick("walk's candidates", "crawl", schemas.TaskWalk, schemas.RoleCandidates, pagesPerJob)
	pick("scan's candidates", "list", schemas.TaskScan, schemas.RoleCandidates, 0)
	pick("column", "crawl", schemas.TaskEmbed, schemas.RoleColumn, 0)
	pick("published shard", "crawl", schemas.TaskPublish, schemas.RoleTar, 0)
	pick("version's shard", "crawl", schemas.TaskRelease, schemas.RoleTar, 0)
	pick("version's manifest", "crawl", schemas.TaskRelease, schemas.RoleManifest, 0)
	pick("delivered shard", "list", schemas.TaskDeliver, schemas.RoleDelivered, 0)
	for _, d := range all {
		for _, how := range damages {
			if d.o.Role == schemas.RoleObservations && how != damages[0] {
				continue // its record does not name it any more
			}
			began := time.Now()
			rot(t, filepath.Join(r.dir, "objects", s3Bucket, "faults", d.o.Key), how)
			if out, code := r.run("verify", r.location); code != 3 || !strings.Contains(out, d.o.Key) {
				t.Errorf("%s %s: verify exits with %d\n%s", d.what, how, code, out)
			}
			before := w.requests()
			r.must("repair", r.location)
			n := w.requests() - before
			if n > d.limit {
				t.Errorf("%s %s: %d requests, want at most %d", d.what, how, n, d.limit)
			}
			r.verify("")
			t.Logf("%s %s: repaired with %d requests in %v", d.what, how, n, since(began))
		}
	}
}

var repairedRE = regexp.MustCompile(`(\d+) objects damaged: (\d+) repaired, (\d+) changed, (\d+) left`)

// TestKilledRepair damages much of a delivery and kills the repair again and again.
func TestKilledRepair(t *testing.T) {
	binary(t)
	w := newWeb(t, webConfig{Hosts: 4, Pages: 5, Pictures: 5})
	r := newRig(t, rigConfig{S3: true})
	r.must("run", writeFile(t, "list.yaml", deliverSpec(w.list(t), "list", "webdataset")), "--store", r.location, "--id", "list")
	contents, sum, err := result(t.Context(), r.store, "list")
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, o := range r.madeBy("list", schemas.TaskFetch)[schemas.RoleTar] {
		keys = append(keys, o.Key)
	}
	for _, o := range r.madeBy("list", schemas.TaskDeliver)[schemas.RoleDelivered] {
		keys = append(keys, o.Key)
	}
	for _, o := range r.madeBy("list", schemas.TaskScan)[schemas.RoleCandidates] {
		keys = append(keys, o.Key)
	}
	slices.Sort(keys)
	for i, key := range keys {
		rot(t, filepath.Join(r.dir, "objects", s3Bucket, "faults", key), damages[1+i%2])
	}
	w.pace(30 * time.Millisecond)
	kills := 0
	for range 12 {
		p := r.process(fmt.Sprintf("repair-%d", kills), nil, "repair", r.location)
		p.start()
		time.Sleep(time.Duration(rand.Int64N(int64(1500 * time.Millisecond))))
		if p.kill() {
			kills++
		}
	}
	out := r.must("repair", r.location)
	if m := repairedRE.FindStringSubmatch(out); m == nil || m[4] != "0" {
		t.Errorf("the last repair says\n%s", out)
	}
	r.verify("")
	now, after, err := result(t.Context(), r.store, "list")
	if err != nil || now != contents || after.Kept != sum.Kept || after.Balance() != 0 {
		t.Errorf("after %d kills: content %v, %+v, %v; before %+v", kills, now == contents, after, err, sum)
	}
	if kills == 0 {
		t.Error("no repair was killed")
	}
	for info, err := range r.store.List(t.Context(), store.RepairsPrefix("list")) {
		t.Errorf("a record was replaced although the web has everything: %s, %v", info.Key, err)
	}
	t.Logf("%d damaged objects, %d kills", len(keys), kills)
}
