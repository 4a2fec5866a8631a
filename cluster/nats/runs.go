package nats

import (
	"maps"
	"slices"
	"sync"
	"time"

	"pairmill/cluster"
)

// runs is what this process knows of the bucket of runs.
type runs struct {
	mu      sync.Mutex // guards what follows
	created time.Time  // of the bucket; another time means that nats has forgotten everything
	whole   uint64     // the revision up to which nothing was missed
	known   map[string]known
	owed    map[string]bool   // runs that this process had made known and that nats has forgotten since
	version uint64            // grows with each change
	changed []chan<- struct{} // told of changes, without waiting
}

// known is a run that stands in the bucket, or stood there.
type known struct {
	share    cluster.Share
	revision uint64
	gone     bool // dropped; remembered so that an older reading does not bring it back
	made     bool // this process has seen to its consumers
}

func newRuns() *runs {
	return &runs{known: map[string]known{}, owed: map[string]bool{}, version: 1}
}

// learn takes what the bucket says of a run, unless something later is known. ok is false when that does not follow on
// what was known before: then something was missed, and the bucket must be read.
func (r *runs) learn(run string, share cluster.Share, revision uint64, gone bool) (ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	old, there := r.known[run]
	ok = revision == r.whole+1 || there && revision == old.revision
	if revision == r.whole+1 {
		r.whole++
	}
	if there && revision <= old.revision {
		return ok
	}
	r.known[run] = known{share: share, revision: revision, gone: gone, made: old.made && !gone}
	r.tell()
	return ok
}

// keep forgets the runs that the bucket did not hold at a revision, and all of them when it is not the bucket that was
// known.
func (r *runs) keep(created time.Time, revision uint64, there func(run string) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	again := created.Equal(r.created)
	before := len(r.known)
	maps.DeleteFunc(r.known, func(run string, k known) bool {
		if !again && k.made {
			r.owed[run] = true
		}
		return !again || k.revision <= revision && !there(run)
	})
	if !again {
		r.created, r.whole = created, 0
	}
	if len(r.known) != before {
		r.tell()
	}
}

// current tells whether nothing was missed of what the bucket holds at a revision, and nothing is owed.
func (r *runs) current(created time.Time, revision uint64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return created.Equal(r.created) && r.whole >= revision && len(r.owed) == 0
}

// owes lists the runs to be made known again: a message of them may have been pushed before that was noticed.
func (r *runs) owes() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Collect(maps.Keys(r.owed))
}

// read notes that everything up to a revision is known.
func (r *runs) read(revision uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.whole = max(r.whole, revision)
}

// made notes that this process has seen to a run's consumers.
func (r *runs) made(run string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if k, ok := r.known[run]; ok && !k.gone {
		k.made = true
		r.known[run] = k
	}
	delete(r.owed, run)
}

// drop forgets a run at once, before the bucket says so.
func (r *runs) drop(run string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if k, ok := r.known[run]; ok {
		k.gone, k.made = true, false
		r.known[run] = k
		r.tell()
	}
	delete(r.owed, run)
}

// get returns what is known of a run; ok is false when it is gone or was never there.
func (r *runs) get(run string) (k known, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	k, ok = r.known[run]
	return k, ok && !k.gone
}

// live lists the runs that are there; nothing when they are at a version still.
func (r *runs) live(since uint64) (version uint64, there map[string]known) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if since == r.version {
		return since, nil
	}
	there = maps.Clone(r.known)
	maps.DeleteFunc(there, func(_ string, k known) bool { return k.gone })
	return r.version, there
}

// watch has c told of changes: it gets a value unless it is full.
func (r *runs) watch(c chan<- struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.changed = append(r.changed, c)
}

// tell passes the word that something has changed. The caller holds mu.
func (r *runs) tell() {
	r.version++
	for _, c := range r.changed {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
