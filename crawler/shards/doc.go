// Package shards finds candidates in pictures that somebody has fetched already: img2dataset's shards and any other
// WebDataset tars, which stay where they are.
//
//	Find      the shards that patterns name, with what stands beside them
//	Columns   what their rows carry along
//	Read      one shard: its rows, and each picture with its place in the tar
//
// A shard of img2dataset is a tar with a table of the same name (00000.tar, 00000.parquet): the table has a row for each
// URL that was asked for, the tar a sample for each that came. A plain WebDataset tar has its samples alone: the caption
// in .txt, or in .json as caption or text; the URL in .json as url. A sample without a URL gets one that is stable as long
// as the tar keeps its key: webdataset:<tar>/<key>.
//
// What is promised: nothing is lost. A row whose picture is missing is said to be missing, or to lie behind the place
// where the tar was cut; a sample without a row becomes one; and where a tar without a table was cut, one row stands for
// what nobody knows. Every byte of the tar is read once and hashed. Memory holds a shard's rows and the sample at hand.
//
// Sources: img2dataset 1.47.0 for the layout and the columns; the WebDataset naming rules as store/webdataset has them.
package shards
