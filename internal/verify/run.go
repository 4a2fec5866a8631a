package verify

import (
	"context"
	"fmt"
	"iter"
	"path"
	"slices"
	"strings"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
)

// Store checks every run and every dataset version in a store.
func Store(ctx context.Context, s store.Store, cfg Config) iter.Seq2[Finding, error] {
	return findings(s, cfg, func(c *checker) error {
		runs, err := c.parts(ctx, "runs/", 1)
		if err != nil {
			return err
		}
		for _, run := range runs {
			if err := c.fresh().run(ctx, run); err != nil {
				return err
			}
		}
		if err := c.fresh().top(ctx, runs); err != nil {
			return err
		}
		versions, err := c.parts(ctx, "datasets/", 2)
		if err != nil {
			return err
		}
		for _, v := range versions {
			if path.Base(v) == "claims" {
				continue
			}
			if err := c.fresh().version(ctx, "datasets/"+v+"/"); err != nil {
				return err
			}
		}
		return nil
	})
}

// fresh forgets what was found before: it belongs to other objects.
func (c *checker) fresh() *checker {
	c.broken, c.torn, c.found, c.gaps, c.counted = map[string]bool{}, map[string]bool{}, map[string]int{}, false, false
	c.by, c.second, c.roles = "", map[string]schemas.Hash{}, map[string]string{}
	return c
}

// parts lists the distinct first n elements behind a prefix.
func (c *checker) parts(ctx context.Context, prefix string, n int) ([]string, error) {
	var out []string
	for info, err := range c.store.List(ctx, prefix) {
		if err != nil {
			return nil, err
		}
		elements := strings.SplitN(strings.TrimPrefix(info.Key, prefix), "/", n+1)
		if len(elements) <= n {
			continue
		}
		if name := strings.Join(elements[:n], "/"); len(out) == 0 || out[len(out)-1] != name {
			out = append(out, name)
		}
	}
	return out, nil
}

// version checks a dataset in a store of which the runs are checked too.
func (c *checker) version(ctx context.Context, prefix string) error {
	m, ok := c.manifest(ctx, prefix)
	if !ok {
		return c.err
	}
	if release, _, err := readCanonical[schemas.Commit](ctx, c, store.CommitKey(releaseJob(m.Run, m.Generation))); err == nil {
		c.released(ctx, prefix, release)
	}
	return c.dataset(ctx, prefix, m)
}

// Run checks a run, and the manifest of the dataset that it made.
func Run(ctx context.Context, s store.Store, run string, cfg Config) iter.Seq2[Finding, error] {
	return findings(s, cfg, func(c *checker) error { return c.run(ctx, run) })
}

func (c *checker) run(ctx context.Context, run string) error {
	c.checkRecords(ctx, run)
	c.manifested(ctx, run)
	named := sorter(c, compareNamings)
	defer named.Close()
	if err := recordObjects(ctx, c, run, named); err != nil {
		return err
	}
	if err := c.objects(ctx, store.Run(run), named.Sorted(ctx), func(key string) bool { return plainKey(run, key) }); err != nil {
		return err
	}
	c.usage(ctx, run)
	c.decisions(ctx, run)
	c.repairs(ctx, run)
	j := jobs{c: c, run: run, join: newJoins(c), set: c.settings(ctx, run), totals: map[int]schemas.Counts{}}
	if j.set.spec != nil {
		j.seed = &j.set.spec.Curate.Seed
	}
	last, over := c.ended(ctx, run, j.set)
	j.over, j.short = over, last.Task == schemas.TaskFinish
	for j.curated = j.set.last(); j.curated > 0 && !c.exists(ctx, store.CommitKey(allJob(run, schemas.TaskCurate, j.curated))); j.curated-- {
	}
	defer j.join.close()
	if j.pool = j.readPool(ctx); j.pool != nil {
		defer j.pool.close()
	}
	for key, rec := range c.records(ctx, run) {
		c.by = key
		if err := j.check(ctx, key, rec); err != nil {
			return err
		}
	}
	if c.err != nil {
		return c.err
	}
	if err := j.join.check(ctx, c, j.over, c.lost(ctx, run)); err != nil {
		return err
	}
	if err := j.unpooled(ctx); err != nil {
		return err
	}
	if j.over {
		j.end(last)
	}
	if err := j.versions(ctx); err != nil {
		return err
	}
	c.locate(ctx)
	return c.err
}

// manifested takes what the manifests of the run's dataset say of its objects.
func (c *checker) manifested(ctx context.Context, run string) {
	for g := 0; g == 0 || c.exists(ctx, store.GenerationKey(run, g)); g++ {
		release, _, err := readCanonical[schemas.Commit](ctx, c, store.CommitKey(releaseJob(run, g)))
		if err != nil {
			continue
		}
		for _, o := range release.Of(schemas.RoleManifest) {
			if m, _, err := readCanonical[schemas.Manifest](ctx, c, o.Key); err == nil {
				for _, x := range m.Objects {
					c.second[path.Dir(o.Key)+"/"+x.Key] = x.SHA256
				}
			}
		}
	}
}

// plainKey tells whether an object of a run needs no record to name it.
func plainKey(run, key string) bool {
	rest := strings.TrimPrefix(key, store.Run(run))
	return rest == "spec.yaml" || slices.ContainsFunc([]string{"commits/", "quarantine/", "generations/", "usage/", "control/", "repairs/"}, func(folder string) bool {
		return strings.HasPrefix(rest, folder)
	})
}

// lost tells which rows' embeds were given up. Such jobs are few: a set holds them.
func (c *checker) lost(ctx context.Context, run string) func(source string) bool {
	given := map[string]bool{}
	for q, err := range ledger.Quarantined(ctx, c.store, run) {
		if err != nil {
			break // checkRecords has told
		}
		if q.Job.Task == schemas.TaskEmbed {
			given[q.Job.Group+"/"+q.Job.Name] = true
		}
	}
	return func(source string) bool { return given[path.Dir(source)] }
}

// end checks what is true of a run that is over: the ledger adds up.
func (j *jobs) end(last schemas.Job) {
	if c := j.c; !c.counted && !c.gaps {
		var total schemas.Counts
		for _, n := range j.totals {
			total.Add(n)
		}
		equal(c, whole(store.CommitKey(last)), Counts, "candidates - kept - dropped - quarantined", 0, schemas.Summarize(j.run, total).Balance())
	}
}

// versions checks what the run's versions of its dataset say of it: each of the run up to its generation.
func (j *jobs) versions(ctx context.Context) error {
	var total schemas.Counts
	for g := range j.set.last() + 1 {
		total.Add(j.totals[g])
		release, _, err := readCanonical[schemas.Commit](ctx, j.c, store.CommitKey(releaseJob(j.run, g)))
		if err != nil {
			continue
		}
		for _, o := range release.Of(schemas.RoleManifest) {
			if err := j.released(ctx, o.Key, g, schemas.Summarize(j.run, total)); err != nil {
				return err
			}
		}
	}
	return j.c.err
}

// released checks the version that a generation has made.
func (j *jobs) released(ctx context.Context, key string, generation int, summary schemas.Summary) error {
	c, prefix := j.c, path.Dir(key)+"/"
	m, ok := c.manifest(ctx, prefix)
	if !ok {
		return c.err
	}
	equal(c, whole(key), Record, "run", j.run, m.Run)
	equal(c, whole(key), Record, "generation", generation, m.Generation)
	c.claimed(ctx, m)
	if summary.Dataset = prefix; !c.counted && !c.gaps {
		want, err := indented(summary, "  ", "\n")
		if err != nil {
			return err
		}
		c.rewritten(ctx, prefix+"stats.json", Counts, want)
	}
	return c.origin(ctx, prefix, m)
}

// claimed checks that the version belongs to the run and its generation.
func (c *checker) claimed(ctx context.Context, m schemas.Manifest) {
	key := fmt.Sprintf("datasets/%s/claims/%s.json", m.Dataset, m.Name)
	type claim struct {
		Version    int    `json:"v"`
		Run        string `json:"run"`
		Generation int    `json:"generation,omitempty"`
	}
	if got, ok := canonical[claim](ctx, c, key); ok {
		p := whole(path.Dir(path.Dir(key)) + "/" + m.Name + "/manifest.json")
		agree(c, p, whole(key), Record, "run", m.Run, got.Run)
		agree(c, p, whole(key), Record, "generation", m.Generation, got.Generation)
	}
}
