package repair

import (
	"bytes"
	"context"
	"io"
	"path"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/table"
	"pairmill/store/webdataset"
	"pairmill/workers"
)

// ruin is what is left of a shard, and of its copies.
type ruin struct{ workers.Ruin }

// dry only counts what would be asked for.
func (r ruin) dry() workers.Ruin {
	r.Ask = false
	return r.Ruin
}

// ruin looks at what is left of a fetched shard.
func (r *repair) ruin(ctx context.Context, rec schemas.Commit) ruin {
	var tars []string
	for _, o := range rec.Of(schemas.RoleTar) {
		tars = append(append(tars, o.Key), r.twins[o.SHA256]...)
	}
	out := ruin{workers.Ruin{
		Record: rec, Table: r.sound(rec, schemas.RoleTable), Tar: r.sound(rec, schemas.RoleTar), Ask: true,
		Picture: func(ctx context.Context, row *schemas.Row) [][]byte {
			return append(r.remains(ctx, tars, row), r.files(ctx, rec, row)...)
		},
	}}
	if len(r.published) > 0 {
		out.Published = r.inVersions
	}
	return out
}

// remains reads what stands where a row's picture stood, in every copy of its tar. What cannot be read is not there.
func (r *repair) remains(ctx context.Context, tars []string, row *schemas.Row) (images [][]byte) {
	for _, key := range tars {
		o, err := r.store.Open(ctx, key)
		if err != nil {
			continue
		}
		if size := o.Info().Size; row.ImageOffset >= 0 && row.ImageBytes >= 0 && row.ImageOffset <= size-row.ImageBytes {
			image := make([]byte, row.ImageBytes)
			if n, _ := o.ReadAt(image, row.ImageOffset); int64(n) == row.ImageBytes {
				images = append(images, image)
			}
		}
		o.Close()
	}
	return images
}

// files reads a row's picture out of the folder that its shard was delivered to, if it was delivered as files.
func (r *repair) files(ctx context.Context, rec schemas.Commit, row *schemas.Row) (images [][]byte) {
	base := baseOf(r.deliveries[withoutInput(rec.Job)])
	if base == "" {
		return nil
	}
	for info, err := range r.store.List(ctx, base+"/"+row.Key+".") {
		if err != nil {
			return images
		}
		if info.Size != row.ImageBytes {
			continue
		}
		if image, err := store.ReadAll(ctx, r.store, info.Key, info.Size); err == nil {
			images = append(images, image)
		}
	}
	return images
}

// inVersions looks for samples in published shards: their tables say which, by id.
func (r *repair) inVersions(ctx context.Context, wanted map[string]bool, found func(id string, image []byte) error) error {
	for _, rec := range r.published {
		for _, t := range rec.Of(schemas.RoleTable) {
			keys := map[string]string{} // ids by the keys that samples have there
			for row, err := range table.Read[schemas.ShardRow](ctx, r.store, t.Key) {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				if err != nil {
					break // it is damaged itself
				}
				if wanted[row.UID] {
					keys[row.Key] = row.UID
				}
			}
			if err := r.inTars(ctx, rec, keys, found); err != nil {
				return err
			}
		}
	}
	return nil
}

// inTars passes on the pictures of samples in a published shard.
func (r *repair) inTars(ctx context.Context, rec schemas.Commit, keys map[string]string, found func(id string, image []byte) error) error {
	for _, tar := range rec.Of(schemas.RoleTar) {
		if len(keys) == 0 || r.damaged[tar.Key] {
			continue
		}
		o, err := r.store.Open(ctx, tar.Key)
		if err != nil {
			continue
		}
		err = pictures(o, tar.Key, keys, found)
		o.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

func pictures(o store.Object, name string, keys map[string]string, found func(id string, image []byte) error) error {
	for s, err := range webdataset.Read(io.NewSectionReader(o, 0, o.Info().Size), name) {
		if err != nil {
			return nil // what is behind it is not there
		}
		id, ok := keys[path.Base(s.Key)]
		if !ok {
			continue
		}
		for _, m := range s.Members {
			if m.Ext == "json" || m.Ext == "txt" {
				continue
			}
			if err := found(id, bytes.Clone(m.Data)); err != nil {
				return err
			}
		}
	}
	return nil
}
