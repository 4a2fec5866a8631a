// Package control runs a cluster: the control plane that decides (Control) and the workers that join it (Worker).
//
// # Who owns what
//
// What people want is in the store: decisions about runs (runs/<run>/control/) and about schedules (state/schedules/), each
// a numbered record that is created and never changed. What is done is in the store too: the ledger. The queue and the rest
// of the medium hold what follows from both, and may lose it. So any number of control planes may run: all of them serve the
// API, which writes decisions and reads what stands; one of them, by the lock "leader", brings the medium into line:
//
//	lead.go      takes the lock and runs the roles below until it is lost
//	tend.go      each run: share of the workers, what is missing in the queue, its end
//	derive.go    what is missing, from the store
//	halt.go      a run whose budget is used up, or in which one reason takes over: it is paused
//	wind.go      a run that is over: its jobs leave the queue and the workers
//	schedule.go  timers, and their ticks into runs
//	measure.go   metrics of the whole cluster
//
// Beside these, every control plane owns a share of the hosts' turns (fetch/pace), whether it leads or not.
//
// Two leaders at once, for the seconds in which one has not noticed, do no harm: pushing a job twice is pushing it once, an
// end is recorded once, and a tick's run is named after the tick.
//
// # A run's way
//
// Submit puts the spec and the first decision. The leader sees it at its next look, steers its share, derives its first job
// and pushes it; from there on workers push what follows. The leader looks whether the queue holds anything of the run: if
// not, something was lost and is derived again, as after every takeover and now and then anyway. When the ledger says that
// the run is over, the leader records the end and drops what is left in the queue.
//
// A pause steers the share to nothing. The leader pauses too, when a budget is used up or all workers of a run see one reason take
// over; a worker that sees that keeps from the web before anybody decides (bench.go).
//
// A cancellation is a decision too: the leader drops the run from the queue and calls each worker that has a job of it, which
// stops the job. What is committed stays, so resuming goes on from there.
package control
