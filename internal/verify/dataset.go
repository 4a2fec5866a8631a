package verify

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"pairmill/internal/content"
	"pairmill/schemas"
	"pairmill/store"
)

// Dataset checks what a dataset version says of itself. prefix is where it stands, with its last slash; empty for a
// version's folder that is a store of its own. Where the run that made it stands in the same store, the hashes of the
// run's content manifest and spec are recomputed too.
func Dataset(ctx context.Context, s store.Store, prefix string, cfg Config) iter.Seq2[Finding, error] {
	return findings(s, cfg, func(c *checker) error {
		m, ok := c.manifest(ctx, prefix)
		if !ok {
			return c.err
		}
		if release, _, err := readCanonical[schemas.Commit](ctx, c, store.CommitKey(releaseJob(m.Run, m.Generation))); err == nil {
			c.released(ctx, prefix, release)
			if err := c.origin(ctx, prefix, m); err != nil {
				return err
			}
		}
		return c.dataset(ctx, prefix, m)
	})
}

// releaseJob is the job that ends a generation of a run that makes a dataset.
func releaseJob(run string, generation int) schemas.Job {
	return allJob(run, schemas.TaskRelease, generation)
}

// allJob is the job of a task that looks at a whole run, once in each generation.
func allJob(run string, task schemas.Task, generation int) schemas.Job {
	job := schemas.NewJob(run, task, schemas.AllGroup(generation), schemas.GroupAll, "")
	job.Generation = generation
	return job
}

// manifest reads a version's manifest, which must be in the one form in which it is written.
func (c *checker) manifest(ctx context.Context, prefix string) (m schemas.Manifest, ok bool) {
	key := prefix + "manifest.json"
	data, err := store.ReadAll(ctx, c.store, key, jsonLimit)
	if errors.Is(err, store.ErrNotExist) {
		c.reportAt(whole(key), Missing, "", "a version's last object", "")
		return m, false
	}
	if err == nil {
		err = strict(data, &m)
	}
	if err != nil {
		c.unreadable(ctx, whole(key), jsonPlace(data, err), err)
		return m, false
	}
	want, err := indented(m, "  ", "\n")
	if err != nil {
		c.fail(err)
	}
	c.recomputed(key, Record, want, data)
	return m, true
}

// released holds the manifest against the record of the release, so that it is known to be wrong before anything is
// held against it.
func (c *checker) released(ctx context.Context, prefix string, release schemas.Commit) {
	for _, o := range release.Objects {
		c.second[o.Key] = o.SHA256
	}
	for _, o := range release.Of(schemas.RoleManifest) {
		if o.Key == prefix+"manifest.json" {
			c.object(ctx, naming{Key: o.Key, By: store.CommitKey(release.Job), Role: o.Role, Size: o.Size, SHA256: o.SHA256.String()})
		}
	}
}

// origin recomputes the hashes that tie a version to its run.
func (c *checker) origin(ctx context.Context, prefix string, m schemas.Manifest) error {
	key := whole(prefix + "manifest.json")
	spec, err := store.ReadAll(ctx, c.store, store.SpecKey(m.Run), jsonLimit)
	if err != nil {
		c.unreadable(ctx, whole(store.SpecKey(m.Run)), "", err)
		return nil
	}
	want := store.Bytes(spec).SHA256()
	if want != m.SpecSHA256 && !c.broken[key.object] {
		c.reportAt(whole(store.SpecKey(m.Run)), Origin, "", m.SpecSHA256, want)
	}
	if c.gaps {
		return nil
	}
	got, err := content.Manifest(ctx, c.store, m.Run, m.Generation, nil)
	if err != nil {
		return fmt.Errorf("content manifest of %s: %w", m.Run, err)
	}
	equal(c, key, Origin, "content_sha256", got, m.ContentSHA256)
	return nil
}
