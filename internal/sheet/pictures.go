package sheet

import (
	"context"
	"encoding/base64"
	"fmt"
	"html/template"
	"maps"
	"slices"

	"pairmill/store"
	"pairmill/store/webdataset"
)

// mediaTypes are the pictures that every browser shows, by the extension of their member.
var mediaTypes = map[string]string{"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp"}

// wanted is pairs whose pictures are to be found, by key. A pair may be shown more than once.
type wanted map[string][]*Pair

// readPictures fills in the pictures of all shown pairs. It opens the tars that hold one, and reads each until it has
// all of them.
func (s *Sheet) readPictures(ctx context.Context, v store.Store, limit int64) error {
	shards := map[string]wanted{}
	for _, pairs := range [][]Pair{s.Best, s.Worst, s.Samples} {
		for i := range pairs {
			p := &pairs[i]
			if shards[p.shard] == nil {
				shards[p.shard] = wanted{}
			}
			shards[p.shard][p.Key] = append(shards[p.shard][p.Key], p)
		}
	}
	for _, shard := range slices.Sorted(maps.Keys(shards)) {
		if err := shards[shard].read(ctx, v, shard, limit); err != nil {
			return err
		}
	}
	return nil
}

func (w wanted) read(ctx context.Context, v store.Store, shard string, limit int64) error {
	o, err := v.Open(ctx, shard)
	if err != nil {
		return err
	}
	defer o.Close()
	for sample, err := range webdataset.Read(o, shard) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		w.show(sample, limit)
		if len(w) == 0 {
			return nil
		}
	}
	return fmt.Errorf("%s holds no picture of %q, which the dataset's table has: `pairmill verify` tells more",
		shard, slices.Min(slices.Collect(maps.Keys(w))))
}

// show gives a sample's picture to the pairs that want it, and strikes them off.
func (w wanted) show(sample webdataset.Sample, limit int64) {
	pairs := w[sample.Key]
	if pairs == nil {
		return
	}
	for _, m := range sample.Members {
		media, ok := mediaTypes[m.Ext]
		if !ok {
			continue
		}
		delete(w, sample.Key)
		if int64(len(m.Data)) > limit {
			return
		}
		uri := template.URL("data:" + media + ";base64," + base64.StdEncoding.EncodeToString(m.Data))
		for _, p := range pairs {
			p.Picture = uri
		}
		return
	}
}
