// Package repair makes what is damaged or missing in a store again, and only that.
//
// verify says which objects those are. Every object is named by the commit record of the job that made it, and a job depends
// on itself and on immutable objects alone, so repair is doing jobs once more, each over a view of the store in which nothing
// damaged is visible and to which nothing is written. Of what a job makes there, only that is taken over which a record
// names by key and sha256 and which is damaged. It is tried in the order of cost:
//
//   - another object with the same content is copied: a run's shard and its delivered copy, a published shard and the
//     version's file;
//   - a job without requests is done again: a published shard is cut out of run shards, a damaged object of a column takes
//     the embedding of its few batches;
//   - a fetch is mended: pictures that are still whole in what is left of its tar, or in a version, are taken from there, and
//     the others are asked for. Only a damaged table takes requests for the whole shard: it alone knows what was dropped and why.
//
// A job whose input is damaged too waits until that was made again.
//
// The web may answer otherwise today. Then the ledger must not say that pictures are kept which are nowhere. In a run that
// delivers shards and has ended, the fetch's record is replaced by one that names a shard in which the lost rows are dropped
// for schemas.Damaged; its delivery follows; and a retry asks for those rows again, into further shards, as for any reason.
// Observations, which can never be had again, leave the record likewise. Before a record is replaced, the numbered record of
// the repair keeps the old one and what was lost. In a run that makes a dataset, later jobs have decided over all samples
// together, and versions say so: there nothing is changed, and the damage stays, told.
//
// Promises:
//
//   - Nothing that is whole is touched, but the files of a delivery whose shard changed.
//   - What is damaged stands until its replacement is whole and takes its place in one step.
//   - Killed anywhere, repair can be run again.
package repair
