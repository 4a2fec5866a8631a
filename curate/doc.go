// Package curate makes the choices that need more than one sample: which of equal images stays, which samples are
// similar enough to their captions, in which order they stand and in which shard.
//
// Everything here is a pass over sorted sequences. Nothing holds a whole set in memory, and nothing depends on which
// worker did what when: the winner among equal images is the one of the earliest group and then of the smallest id,
// and the order of a dataset is the order of a keyed hash of the ids.
package curate
