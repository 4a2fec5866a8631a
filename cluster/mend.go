package cluster

import "context"

// Mended is what a Mender has put right.
type Mended struct {
	Streams   []string // what holds messages and was missing or damaged: made again, empty; by the medium's own names
	Consumers []string // what leases a run's jobs and was missing, as <stream>/<run>
	Adopted   []string // runs that had messages queued and that nobody had made known
}

// Nothing tells whether all was well.
func (m Mended) Nothing() bool { return len(m.Streams)+len(m.Consumers)+len(m.Adopted) == 0 }

// Mender is the optional power of a Queue to put right what its medium has forgotten, or what was done past this program.
// A control plane uses it now and then.
type Mender interface {
	// Mend makes again what is missing, and finds queued messages that would never be handed out because nobody has made
	// their run known: it makes these runs known. With an error it returns what it has done so far.
	Mend(ctx context.Context) (Mended, error)
}
