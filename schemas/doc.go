// Package schemas is pairmill's vocabulary: plain data that every other package speaks and that is written to disk.
//
// It imports the standard library only and does nothing but describe: candidates and captions (what a source
// finds), rows (what became of them), jobs and commit records (how work is named and how it is known to be done),
// the spec (what the user asked for), and the closed list of reasons. Everything that is serialised carries a
// version, so that an older program refuses a newer object by name instead of misreading it.
package schemas

// Version is the version of every object described here. Readers refuse objects of another version.
const Version = 1
