package clustertest

import (
	"context"
	"testing"
	"time"

	"pairmill/cluster"
)

// Peer is everything but the queue, as one process has it.
type Peer interface {
	cluster.Locks
	cluster.Calls
	cluster.Presence
	cluster.Timers
	cluster.Journal
	cluster.Memory
	Close() error
}

// Medium is one medium under test, empty and the test's own.
type Medium struct {
	// Join opens the medium as another process does. The harness closes the peer when the test ends.
	Join func(t *testing.T) Peer

	// Cut takes a peer from the medium: nothing that it says arrives from now on, and nothing reaches it, until the function
	// that is returned is called.
	Cut func(t *testing.T, p Peer) (mend func())

	// Often sets a timer that is due as often as the medium can have it, and returns how often that is.
	Often func(t *testing.T, p Peer, name string) time.Duration

	// Restart ends the medium and opens it again from what it keeps, for the peers that are there. Nil when it keeps nothing.
	Restart func(t *testing.T)
}

// MediumCase is one test of the suite.
type MediumCase struct {
	Name string
	Run  func(t *testing.T, m Medium)
}

// RunMedium runs the suite; open makes a fresh medium for each case, and may call t.Parallel.
func RunMedium(t *testing.T, open func(t *testing.T) Medium) {
	for _, c := range MediumCases() {
		t.Run(c.Name, func(t *testing.T) { c.Run(t, open(t)) })
	}
}

// MediumCases returns the suite of what a medium offers beside the queue.
func MediumCases() []MediumCase {
	return []MediumCase{
		{"lock has one holder", lockOne},
		{"lock passes on", lockPasses},
		{"lock waits for its turn", lockWaits},
		{"lock of who is cut off", lockCut},
		{"lock outlives a short cut", lockShortCut},
		{"lock and restart", lockRestart},
		{"lock names", lockNames},
		{"lock close", lockClose},
		{"call", call},
		{"call nobody", callNobody},
		{"call one of several", callSeveral},
		{"call refused", callRefused},
		{"call without patience", callPatience},
		{"call of many at once", callMany},
		{"call bounds", callBounds},
		{"call ends", callEnds},
		{"presence", presence},
		{"presence of who is cut off", presenceCut},
		{"presence of much", presenceMuch},
		{"timer ticks", timerTicks},
		{"timer is taken once", timerOnce},
		{"timer that nobody took", timerMissed},
		{"timer is set and removed", timerSet},
		{"timer survives a restart", timerRestart},
		{"timer is refused", timerRefused},
		{"journal", journal},
		{"journal drops", journalDrops},
		{"memory", memory},
		{"memory forgets", memoryForgets},
		{"memory bounds", memoryBounds},
	}
}

// within ends with the suite's patience.
func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// after is within a while.
func after(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}
