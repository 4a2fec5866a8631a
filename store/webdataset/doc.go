// Package webdataset writes and reads WebDataset shards: tar files in which consecutive members that share a name up
// to the first dot are one sample.
//
//	NewWriter → Write(key, members…)… → Close    a tar
//	Read                                        a tar, sample by sample
//
// The Writer is strict, the Reader takes what trainers take.
//
// A tar that the Writer made depends on the samples alone: no times, no owners, no extension headers. The same samples
// in the same order are the same bytes, on every machine. A refused sample leaves nothing in it. Every member's place
// is known, so an image can be read from a stored shard by its range alone.
//
// Sources: POSIX.1-1988 ustar, as in IEEE Std 1003.1-2024, pax, "ustar Interchange Format"; the WebDataset naming
// rules as the Python package webdataset states them (base_plus_ext, group_by_keys), and as open_clip's training data
// reader applies them (group_by_keys_nothrow).
package webdataset
