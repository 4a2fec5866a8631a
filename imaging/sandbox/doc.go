// Package sandbox processes pictures in child processes, so that a decoder that crashes costs one picture.
//
// Decoders written in C can be killed by a file that nobody has seen before; so can any process by the memory that one
// takes. A Pool keeps a few children, which are this program again with another entrance (Serve), and hands each one
// picture at a time over its standard input. A child that dies, or does not answer, takes its picture with it: the reason
// is decoder_crash, with the signal, and the next picture gets a fresh child.
//
// The way costs two copies of the picture's bytes and a change of processes, so it is taken where a crash is to be feared:
// from the second attempt at a job on.
package sandbox
