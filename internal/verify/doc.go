// Package verify recomputes what a run or a dataset says of itself and compares.
//
// Store, Run and Dataset check everything that can be recomputed: that each object that a record names is there with
// its size and sha256, that tars and tables agree row by row with one another and with the images, that vectors and
// similarities are what they should be, that every row ends in one state, and that the ledger adds up. Of a list, that every
// row of every scan went to one shard, and that the rows which a later pass asked for again are those that were dropped for
// its reasons. Of delivered shards, that tar, table, stats and files say what the run shard says.
//
// Promises:
//
//   - What is wrong is data: a Finding names the object that is to blame and, inside it, the row, member, field or
//     line. An error means that the store could not be read, not that something in it is wrong.
//   - One changed byte anywhere is found. Where it changed a row, that row is named; a table or tar of which every row
//     is right is named with the check Bytes. A version that was copied out of its store is held against itself alone:
//     the hashes of spec and content manifest in its manifest.json then stay unchecked.
//     Excepted are the records of usage: nothing repeats their words, so that they must read and no more is promised.
//   - What follows from a damaged object is not reported of the objects that were compared with it.
//   - Memory is bounded by one job's table and by Config.PerObject findings per object, not by the run: joins over a
//     whole run are sorted on the local disk. Every object is read twice.
//   - Nothing is written to the store. Files at its top that look like shards and that no run has delivered are notes.
//
// A run that is not over is checked as far as it has come.
package verify
