// Package keyed keeps values under keys that are hashes in one immutable object, for whoever wants a few of far too many.
//
// A file is a sequence of zstd frames: blocks of entries in the order of their keys, of some 32 KiB before compression, and then a
// tail, whose place stands in the last 24 bytes. The tail, which Open reads and keeps, has the first key and the place of each block, and for each
// 65,536 keys a Bloom filter (Bloom, 1970) of a byte for each: so looking for a key that is not there reads something in one case
// of fifty, and looking for one that is there reads one block. An open file holds about 1.3 bytes of memory for each key.
//
// Keys whose first bytes are equal stand together. Who gives them a meaning, such as the host of a URL, has lookups that belong
// together in few blocks, and blocks that lie near each other are read at once.
//
// Each frame carries zstd's checksum, so damaged bytes are an error and never a wrong value.
package keyed
