// Package crashpoint ends the process at places that tests name, as the kernel would end it: nothing is closed, flushed or
// handed back. Builds without the tag crashpoints have none of it.
//
// The variable PAIRMILL_CRASH names one place as task:point:n, for instance fetch:committed:3: the process kills itself when
// the task reaches the point for the n-th time. Points are, in the order in which a job passes them, the constants below.
package crashpoint

// The points of a job.
const (
	Begin      = "begin"      // the job is leased; nothing has been written
	Half       = "half"       // its first object is written
	Checkpoint = "checkpoint" // a further object is written, of those that an interrupted job goes on from or writes again
	Committed  = "committed"  // its commit record is written; what follows is not queued
	Pushed     = "pushed"     // what follows is queued; the job is not acknowledged
	Acked      = "acked"      // it is acknowledged
)

// Points lists them.
func Points() []string { return []string{Begin, Half, Checkpoint, Committed, Pushed, Acked} }
