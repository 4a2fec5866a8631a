// Package sink writes what leaves a run: shards with their tables, published dataset versions, and shards in
// img2dataset's layout.
//
// A shard is a WebDataset tar and the Parquet table beside it; the table has one row for each candidate, kept or not,
// and points into the tar. Nothing of a shard can be seen before its commit record stands. A dataset version is made
// of objects that publish jobs have committed under hashed keys; release gives them their plain names and writes the
// manifest last, so that a version with a manifest is whole.
//
// A Delivery is img2dataset's layout, to the letter where its readers look: names, keys, members, the fields of .json in
// their order, columns, statuses, stats. What differs, on purpose:
//
//   - the table has two more columns at its end, reason and detail: our closed list, and what was measured;
//   - rows stand in the order of the shard, not in that of the answers, and every input row is there;
//   - tars carry no times and no PAX headers, and repeating a delivery gives the same bytes; the times in the stats are
//     those of the first request and the last answer, not those of the writing process;
//   - bytes columns, on which img2dataset loses the sample, stand in .json as base64;
//   - error_message is urllib's text where that follows from the outcome (HTTP statuses with Python's own phrases, DNS,
//     refused connections, time-outs); elsewhere it is "reason: detail". An empty body is "Image decoding error" without
//     OpenCV's version and source line.
package sink
