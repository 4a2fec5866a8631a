// Package search finds a dataset's samples by their vectors.
//
// It reads a published version as it stands: no index is built, every vector is compared. A million vectors of 512
// halves are a gigabyte to read and take a few seconds; memory is the best hits and one page of each column. Texts and
// pictures can be asked for with the encoder that made the dataset, and with no other: vectors of two encoders have
// nothing to do with each other.
package search
