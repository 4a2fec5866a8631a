package specfile

import "pairmill/schemas"

func (c *Problems) deliver(spec schemas.Spec) {
	d, list := *spec.Deliver, spec.Source.List
	c.word("deliver.format", d.Format, schemas.DeliverWebDataset, schemas.DeliverParquet, schemas.DeliverFiles, schemas.DeliverNone)
	c.whole("deliver.digits", int64(d.Digits), 1, 12)
	if d.Hash != "" {
		c.word("deliver.hash", d.Hash, hashes()...)
	}
	shards := spec.Source.Shards != nil
	switch {
	case shards && d.Writes():
		c.add(0, "deliver", "needs source.list: pictures of source.shards stay where they are (format none: the run ends when they are indexed)")
	case !shards && list == nil:
		c.add(0, "deliver", "needs source.list: other sources end in a dataset")
	case list != nil && list.Hash != nil && d.Hash != "" && d.Hash != list.Hash.Algorithm:
		c.add(0, "deliver.hash", "%q is not source.list.hash.algorithm, %q: a picture's bytes are hashed once", d.Hash, list.Hash.Algorithm)
	}
	c.beyondDelivery(spec)
}

// beyondDelivery refuses wishes that a run without vectors and dataset cannot fulfil. Settings of dedup and embed, which
// only say how, are not used and not refused.
func (c *Problems) beyondDelivery(spec schemas.Spec) {
	if spec.Curate.MinSimilarity > -1 {
		c.add(0, "curate.min_similarity", "%v needs vectors, but a run with deliver ends before them", spec.Curate.MinSimilarity)
	}
	dataset := spec.Dataset
	if dataset.Name == spec.Name {
		dataset.Name = "" // as Parse fills it
	}
	if dataset != Default().Dataset {
		c.add(0, "dataset", "is not at its defaults, but a run with deliver publishes none")
	}
}
