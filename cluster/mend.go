package cluster

import "context"

// Mender is the optional power of a Queue to put right what its medium has forgotten, or what was done past this program.
// A control plane uses it now and then.
type Mender interface {
	// Mend makes again what is missing, and finds queued messages that would never be handed out because nobody has made
	// their run known. It makes these runs known and returns them.
	Mend(ctx context.Context) (adopted []string, err error)
}
