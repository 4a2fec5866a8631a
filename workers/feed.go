package workers

import (
	"context"
	"errors"
	"strings"
	"sync"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
)

// feed is back-pressure: of however many fetch groups are planned, it lets in so many that workers find their next job. A
// group is let in behind the one before it when, of the groups that lie at least window jobs before it, the last is settled
// as far as a gate says. The near gate opens at nine tenths, so that a few slow hosts hold up nobody; the far one bounds what
// they leave behind. So at most a window of the far gate and one group are queued or in work, of a run of any size.
//
// Whoever settles a fetch asks which groups that lets in, and whoever plans groups asks the same of those, each after its own
// commit: lists are strongly consistent, so the last to look sees all. Jobs may be returned more than once.
type feed struct {
	store store.Store
	gates []gate
	sizes *sizes
	// each is for whoever follows a run from job to job: every settlement behind an open gate returns what it lets in, and
	// jobs that have settled are returned too. Otherwise those settlements do that open the gate, and the group's last: looking
	// costs the store several lists, and the queue a push.
	each bool
}

// gate opens when tenths of a group have settled.
type gate struct{ window, tenths int }

func newFeed(s store.Store, ahead int) feed {
	return feed{store: s, gates: []gate{{ahead, 9}, {10 * ahead, 10}}, sizes: &sizes{store: s, known: map[string]int{}}}
}

// open tells whether n settled jobs of a group of size are enough.
func (g gate) open(n, size int) bool { return 10*n >= g.tenths*size }

// opening is for how many settlements a gate counts as just opened: more than can pass between a commit and the look at its
// group that follows. Should more pass, the group's last settlement makes up for it.
const opening = 32

// opensNow tells whether the n-th settlement is among those that open the gate.
func (g gate) opensNow(n, size int) bool {
	return g.open(n, size) && (n == size || !g.open(n-opening, size))
}

// afterFetch returns the jobs of the groups that wait for job's.
func (f feed) afterFetch(ctx context.Context, job schemas.Job) ([]schemas.Job, error) {
	group, ok := schemas.GroupIndex(job.Group)
	if !ok {
		return nil, nil
	}
	size, _, err := f.sizes.of(ctx, job.Run, group)
	if err != nil {
		return nil, err
	}
	n, err := ledger.Settled(ctx, f.store, job.Run, schemas.TaskFetch, job.Group)
	if err != nil {
		return nil, err
	}
	end, err := f.end(ctx, job)
	if err != nil {
		return nil, err
	}
	var jobs []schemas.Job
	for _, g := range f.gates {
		if !g.opensNow(n, size) && !(f.each && g.open(n, size)) {
			continue
		}
		waiting, err := f.behind(ctx, job.Run, group, end, g.window)
		if err != nil {
			return nil, err
		}
		for _, next := range waiting {
			more, err := f.letInFrom(ctx, job, next, end)
			if err != nil {
				return nil, err
			}
			jobs = append(jobs, more...)
		}
	}
	return jobs, nil
}

// afterPlanning returns the jobs of those groups that job planned and that need not wait. Groups that wait are let in by the
// settlements that they wait for.
func (f feed) afterPlanning(ctx context.Context, job schemas.Job) ([]schemas.Job, error) {
	rec, err := ledger.Read(ctx, f.store, job)
	if errors.Is(err, store.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	first, last := -1, -1
	for _, o := range rec.Of(schemas.RoleGroup) {
		if i, ok := ledger.FetchGroup(o.Key); ok {
			last = max(last, i)
			if first < 0 || i < first {
				first = i
			}
		}
	}
	if first < 0 {
		return nil, nil
	}
	return f.letInFrom(ctx, job, first, last+1)
}

// letInFrom returns the jobs of a group and of those behind it, up to end, that are let in.
func (f feed) letInFrom(ctx context.Context, job schemas.Job, group, end int) (jobs []schemas.Job, err error) {
	for ; end < 0 || group < end; group++ {
		open, err := f.opens(ctx, job.Run, group)
		if !open || err != nil {
			return jobs, err
		}
		more, err := f.jobs(ctx, job, group)
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, more...)
	}
	return jobs, nil
}

// opens tells whether a group is let in: it is planned, all its gates are open, and the one before it was let in.
func (f feed) opens(ctx context.Context, run string, group int) (bool, error) {
	for ; group >= 0; group-- {
		_, planned, err := f.sizes.of(ctx, run, group)
		if !planned || err != nil {
			return false, err
		}
		for _, g := range f.gates {
			if open, err := f.passes(ctx, run, group, g); !open || err != nil {
				return false, err
			}
		}
		if group == 0 {
			return true, nil
		}
		// One that has begun was let in, and so was all before it.
		n, err := ledger.Settled(ctx, f.store, run, schemas.TaskFetch, schemas.GroupName(group-1))
		if n > 0 || err != nil {
			return err == nil, err
		}
	}
	return true, nil
}

// passes tells whether a gate is open for a group.
func (f feed) passes(ctx context.Context, run string, group int, g gate) (bool, error) {
	i, err := f.before(ctx, run, group, g.window)
	if i < 0 || err != nil {
		return err == nil, err
	}
	size, _, err := f.sizes.of(ctx, run, i)
	if err != nil {
		return false, err
	}
	n, err := ledger.Settled(ctx, f.store, run, schemas.TaskFetch, schemas.GroupName(i))
	return g.open(n, size), err
}

// jobs returns a group's jobs, less those that are done or given up, unless each is wanted.
func (f feed) jobs(ctx context.Context, job schemas.Job, group int) (jobs []schemas.Job, err error) {
	plan, err := ledger.ReadGroup(ctx, f.store, job.Run, schemas.TaskFetch, schemas.GroupName(group))
	if err != nil {
		return nil, err
	}
	settled, err := ledger.SettledNames(ctx, f.store, job.Run, schemas.TaskFetch, plan.Name)
	if err != nil {
		return nil, err
	}
	for i, name := range plan.Jobs {
		next := job.Follow(schemas.TaskFetch, plan.Name, name, plan.Inputs[i])
		if f.each || !settled[strings.TrimPrefix(next.ID(), plan.Name+"_")] {
			jobs = append(jobs, next)
		}
	}
	return jobs, nil
}

// before returns the last group that lies at least window jobs before a group; -1 when none does.
func (f feed) before(ctx context.Context, run string, group, window int) (int, error) {
	between := 0
	for i := group - 1; i >= 0; i-- {
		if between >= window {
			return i, nil
		}
		n, _, err := f.sizes.of(ctx, run, i)
		if err != nil {
			return 0, err
		}
		between += n
	}
	return -1, nil
}

// behind returns the groups below end of which before is the given one.
func (f feed) behind(ctx context.Context, run string, group, end, window int) (waiting []int, err error) {
	between, nearest := 0, 0
	for i := group + 1; (end < 0 || i < end) && between-nearest < window; i++ {
		n, planned, err := f.sizes.of(ctx, run, i)
		if !planned || err != nil {
			return waiting, err
		}
		if between >= window {
			waiting = append(waiting, i)
		}
		between += n
		if i == group+1 {
			nearest = n
		}
	}
	return waiting, nil
}

// end returns how many groups the run has with the job's generation; -1 while more may come. Those behind are of another
// generation, whose jobs have other names.
func (f feed) end(ctx context.Context, job schemas.Job) (int, error) {
	n, known, err := ledger.ReadEnd(ctx, f.store, job.Run, job.Generation)
	if !known {
		n = -1
	}
	return n, err
}

// sizes remembers how many jobs the fetch groups of runs have. Plans never change.
type sizes struct {
	store store.Store

	mu    sync.Mutex // guards known
	known map[string]int
}

// of returns a group's size; planned is false when there is no such group yet.
func (s *sizes) of(ctx context.Context, run string, group int) (n int, planned bool, err error) {
	key := run + "/" + schemas.GroupName(group)
	s.mu.Lock()
	n, planned = s.known[key]
	s.mu.Unlock()
	if planned {
		return n, true, nil
	}
	plan, err := ledger.ReadGroup(ctx, s.store, run, schemas.TaskFetch, schemas.GroupName(group))
	if errors.Is(err, store.ErrNotExist) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	s.mu.Lock()
	s.known[key] = plan.Size
	s.mu.Unlock()
	return plan.Size, true, nil
}
