package workers

import (
	"context"
	"crypto/sha256"

	"pairmill/internal/content"
	"pairmill/schemas"
	"pairmill/sink"
	"pairmill/store"
	"pairmill/store/ledger"
	"pairmill/store/table"
)

// release makes the dataset version of what the publish jobs committed.
func (h *Handlers) release(ctx context.Context, job schemas.Job, tx *ledger.Tx) error {
	run, err := h.runs.Get(ctx, job)
	if err != nil {
		return err
	}
	objects, shards, err := h.published(ctx, job)
	if err != nil {
		return err
	}
	name := run.Spec.Dataset.Name
	version, err := sink.Claim(ctx, h.deps.Store, name, job.Run, job.Generation)
	if err != nil {
		return err
	}
	m, err := h.measure(ctx, job, run, tx, version, shards)
	if err != nil {
		return err
	}
	r := sink.Release{
		Store: h.deps.Store, Spec: run.Spec, Version: version, Shards: shards, Summary: m.Summary, Manifest: m.Manifest, Wrote: tx.Wrote,
	}
	out, err := r.Publish(ctx, objects)
	if err != nil {
		return err
	}
	tx.Name(out...)
	return nil
}

// published lists the objects of all publish jobs, in the order of the shards.
func (h *Handlers) published(ctx context.Context, job schemas.Job) (objects []schemas.Object, shards int, err error) {
	for rec, err := range ledger.Group(ctx, h.deps.Store, job.Run, schemas.TaskPublish, job.Group) {
		if err != nil {
			return nil, 0, err
		}
		objects = append(objects, rec.Objects...)
		shards++
	}
	return objects, shards, nil
}

// measured is what a version says of its run.
type measured struct {
	Summary  schemas.Summary  `json:"summary"`
	Manifest schemas.Manifest `json:"manifest"`
}

// measure takes stock of the run once: what it finds is frozen before anything is published, so that a release that is
// repeated publishes the same, whatever a late worker has committed meanwhile.
func (h *Handlers) measure(ctx context.Context, job schemas.Job, run *Run, tx *ledger.Tx, version string, shards int) (m measured, err error) {
	name := "measured.json"
	if job.Generation > 0 {
		name = "measured-" + job.Group + ".json"
	}
	key := store.Run(job.Run) + name
	err = ledger.ReadJSON(ctx, h.deps.Store, key, &m)
	if !isNotExist(err) {
		return m, err
	}
	counts, err := ledger.SumTo(ctx, h.deps.Store, job.Run, job.Generation)
	if err != nil {
		return m, err
	}
	m.Summary = schemas.Summarize(job.Run, counts)
	m.Summary.Dataset = sink.VersionPrefix(run.Spec.Dataset.Name, version)
	if m.Manifest, err = h.manifest(ctx, job, run, version, shards); err != nil {
		return m, err
	}
	m.Manifest.Rows = m.Summary.Rows
	blob, err := ledger.JSON(m)
	if err != nil {
		return m, err
	}
	_, err = tx.PutPlain(ctx, name, blob, schemas.Object{Role: schemas.RoleStats})
	return m, err
}

// manifest fills in what the manifest says beside its objects.
func (h *Handlers) manifest(ctx context.Context, job schemas.Job, run *Run, version string, shards int) (m schemas.Manifest, err error) {
	m = schemas.Manifest{Version: schemas.Version, Dataset: run.Spec.Dataset.Name, Name: version, Run: job.Run, Generation: job.Generation, Shards: shards}
	spec, err := store.ReadAll(ctx, h.deps.Store, store.SpecKey(job.Run), specLimit)
	if err != nil {
		return m, err
	}
	m.SpecSHA256 = sha256.Sum256(spec)
	if m.ContentSHA256, err = content.Manifest(ctx, h.deps.Store, job.Run, job.Generation, nil); err != nil {
		return m, err
	}
	for rec, err := range ledger.Group(ctx, h.deps.Store, job.Run, schemas.TaskCurate, job.Group) {
		if err != nil {
			return m, err
		}
		for _, part := range rec.Of(schemas.RolePart) {
			for row, err := range table.Read[schemas.SelectedRow](ctx, h.deps.Store, part.Key) {
				if err != nil {
					return m, err
				}
				m.Encoder = row.Encoder
				if m.Dim = len(row.ImageEmbedding); m.Dim > 0 {
					m.Vectors = run.Spec.Dataset.Vectors
				}
				return m, nil
			}
		}
	}
	return m, nil
}
