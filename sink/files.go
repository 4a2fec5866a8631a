package sink

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"golang.org/x/sync/errgroup"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/webdataset"
)

// filesAtOnce is how many samples of format files are written side by side. Each file waits for its disk or its request;
// 16 hide most of that and hold 16 pictures.
const filesAtOnce = 16

// files writes each member of the run shard as a file of its own.
func (d Delivery) files(ctx context.Context, tar schemas.Object) error {
	in, err := d.Store.Open(ctx, tar.Key)
	if err != nil {
		return err
	}
	defer in.Close()
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(filesAtOnce)
	for sample, err := range webdataset.Read(in, tar.Key) {
		if err != nil {
			g.Go(func() error { return err })
			break
		}
		if gctx.Err() != nil {
			break
		}
		g.Go(func() error { return d.file(gctx, sample) })
	}
	return g.Wait()
}

func (d Delivery) file(ctx context.Context, s webdataset.Sample) error {
	for _, m := range s.Members {
		if _, err := d.Store.Put(ctx, d.name()+"/"+s.Key+"."+m.Ext, store.Bytes(m.Data)); err != nil {
			return err
		}
	}
	return nil
}

// pictureAt reads a kept row's picture out of its shard.
func pictureAt(tar store.Object, row *schemas.Row) ([]byte, error) {
	if end := row.ImageOffset + row.ImageBytes; row.ImageOffset < 0 || row.ImageBytes < 0 || end < 0 || end > tar.Info().Size {
		return nil, fmt.Errorf("picture of row %s: bytes %d to %d of a tar of %d", row.ID, row.ImageOffset, end, tar.Info().Size)
	}
	image := make([]byte, row.ImageBytes)
	if n, err := tar.ReadAt(image, row.ImageOffset); n < len(image) {
		return nil, fmt.Errorf("picture of row %s: %w", row.ID, err)
	}
	if sum := sha256.Sum256(image); hex.EncodeToString(sum[:]) != row.ImageSHA256 {
		return nil, fmt.Errorf("picture of row %s: its bytes do not have the sha256 that the table says", row.ID)
	}
	return image, nil
}
