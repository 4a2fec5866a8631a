// Package sink writes what leaves a run: shards with their tables, and published dataset versions.
//
// A shard is a WebDataset tar and the Parquet table beside it; the table has one row for each candidate, kept or not,
// and points into the tar. Nothing of a shard can be seen before its commit record stands. A dataset version is made
// of objects that publish jobs have committed under hashed keys; release gives them their plain names and writes the
// manifest last, so that a version with a manifest is whole.
package sink
