package pool

import (
	"context"
	"fmt"

	"pairmill/store"
	"pairmill/store/npy"
)

// Vectors returns a feature's vectors at places, as they stand there: of the pictures and of the texts. They are held all at
// once.
func (p *Pool) Vectors(ctx context.Context, s store.Store, x Feature, places []Place) (image, text [][]float32, err error) {
	image, text = make([][]float32, len(places)), make([][]float32, len(places))
	err = p.byFile(places, func(file int, order []int) error {
		a, err := p.Files[file].arrays(ctx, s)
		if err != nil {
			return err
		}
		defer a.object.Close()
		rows := make([]int64, len(order))
		for i, at := range order {
			rows[i] = places[at].Row
		}
		for _, of := range []struct {
			name string
			to   [][]float32
		}{{x.Image(), image}, {x.Text(), text}} {
			array, err := a.Array(of.name)
			if err == nil {
				err = array.Read(ctx, rows, func(i int, v []float32) error {
					of.to[order[i]] = v
					return nil
				})
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	return image, text, err
}

// archive is an open .npz.
type archive struct {
	*npy.Archive
	object store.Object
}

// arrays opens the arrays of a file, which must be those that were surveyed.
func (f *File) arrays(ctx context.Context, s store.Store) (archive, error) {
	o, err := s.Open(ctx, f.Arrays)
	if err != nil {
		return archive{}, err
	}
	if size := o.Info().Size; size != f.Bytes {
		o.Close()
		return archive{}, fmt.Errorf("%s has %d bytes now, but had %d when the run was planned: plan a new run for the changed pool", f.Arrays, size, f.Bytes)
	}
	a, err := npy.OpenArchive(o, f.Bytes, f.Arrays)
	if err != nil {
		o.Close()
	}
	return archive{a, o}, err
}
