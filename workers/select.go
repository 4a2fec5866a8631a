package workers

import (
	"context"
	"fmt"

	"pairmill/curate"
	"pairmill/internal/extsort"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
	"pairmill/store/table"
)

// sel rolls a group up: its samples, with all that a dataset needs of them, in the order of the global shuffle.
// It also enters the rows of jobs that were given up into the ledger, since nobody else will.
func (h *Handlers) sel(ctx context.Context, job schemas.Job, tx *ledger.Tx) error {
	run, err := h.runs.Get(ctx, job)
	if err != nil {
		return err
	}
	group, err := ledger.ReadGroup(ctx, h.deps.Store, job.Run, schemas.TaskFetch, job.Group)
	if err != nil {
		return err
	}
	s := selection{h: h, run: run, tx: tx, sorter: extsort.New(curate.CompareSelected, extsort.Config{Dir: tx.Dir()})}
	defer s.sorter.Close()
	for i, part := range group.Jobs {
		if err := s.part(ctx, job.Follow(schemas.TaskEmbed, job.Group, part, ""), group.Inputs[i]); err != nil {
			return err
		}
	}
	return putSorted(ctx, tx, "selections/"+job.Group, s.sorter, schemas.Object{Role: schemas.RoleSelection}, s.options())
}

// selection is one select job in work.
type selection struct {
	h      *Handlers
	run    *Run
	tx     *ledger.Tx
	sorter *extsort.Sorter[schemas.SelectedRow]
	dim    int
}

func (s *selection) options() table.Config { return selectedOptions(s.run, s.dim) }

// selectedOptions stores the vectors of samples as the dataset will: no rounding happens between here and there.
func selectedOptions(run *Run, dim int) table.Config {
	if dim == 0 {
		return table.Config{}
	}
	v := table.Vector{Dim: dim, Type: run.Spec.Dataset.Vectors}
	return table.Config{Vectors: map[string]table.Vector{"image_embedding": v, "text_embedding": v}}
}

// part takes in one part of the group; job is its embed.
func (s *selection) part(ctx context.Context, job schemas.Job, input string) error {
	fetched := job
	fetched.Task = schemas.TaskFetch
	done, err := ledger.Exists(ctx, s.h.deps.Store, store.CommitKey(fetched))
	if err != nil {
		return err
	}
	if !done {
		return s.lost(ctx, input)
	}
	winners, err := s.h.winners(ctx, job)
	if len(winners) == 0 || err != nil {
		return err
	}
	vectors, fingerprint, ok, err := s.vectors(ctx, job)
	if err != nil {
		return err
	}
	if !ok {
		s.tx.Counts().Quarantined += int64(len(winners))
		return nil
	}
	shard, err := s.h.openShard(ctx, job)
	if err != nil {
		return err
	}
	defer shard.close()
	for _, w := range winners {
		if v, ok := vectors[w.Row]; len(vectors) > 0 && (!ok || v.ID != w.ID) {
			return Permanent(fmt.Errorf("columns of %s have no vectors of %s in row %d", job.ID(), w.ID, w.Row))
		}
		if err := s.add(job, shard, w, vectors[w.Row], fingerprint); err != nil {
			return err
		}
	}
	return nil
}

// lost counts the rows of a part whose fetch was given up.
func (s *selection) lost(ctx context.Context, input string) error {
	n, err := partRows(ctx, s.h.deps.Store, input)
	s.tx.Counts().Inputs += n
	s.tx.Counts().Quarantined += n
	return err
}

// vectors reads a part's columns by row; ok is false when its embed was given up.
func (s *selection) vectors(ctx context.Context, job schemas.Job) (rows map[int32]schemas.VectorRow, fingerprint string, ok bool, err error) {
	rec, err := ledger.Read(ctx, s.h.deps.Store, job)
	if isNotExist(err) {
		return nil, "", false, nil
	}
	if err != nil {
		return nil, "", false, err
	}
	rows = map[int32]schemas.VectorRow{}
	for _, o := range rec.Of(schemas.RoleColumn) {
		fingerprint = o.For
		for v, err := range table.Read[schemas.VectorRow](ctx, s.h.deps.Store, o.Key) {
			if err != nil {
				return nil, "", false, err
			}
			rows[v.Row] = v
		}
	}
	return rows, fingerprint, true, nil
}

// selectedSize is about what a selected row occupies beside its vectors and texts.
const selectedSize = 1500

func (s *selection) add(job schemas.Job, shard *shard, w schemas.WinnerRow, v schemas.VectorRow, fingerprint string) error {
	row, err := shard.row(w)
	if err != nil {
		return err
	}
	id, err := schemas.ParseID(w.ID)
	if err != nil {
		return Permanent(err)
	}
	s.dim = max(s.dim, len(v.ImageEmbedding))
	size := int64(selectedSize + 8*len(v.ImageEmbedding))
	for _, c := range row.Captions {
		size += int64(len(c.Text))
	}
	return s.sorter.Add(schemas.SelectedRow{
		Order: curate.Order(id, s.run.Spec.Curate.Seed), Group: job.Group, Part: job.Name, Tar: shard.key, Sample: *row,
		ImageEmbedding: v.ImageEmbedding, TextEmbedding: v.TextEmbedding, Similarity: v.Similarity,
		Encoder: fingerprint,
	}, size)
}
