// Package nats is the job queue on NATS JetStream, and the embedded server for clusters of one machine.
//
// # What stands in NATS
//
// One work-queue stream per stage (PAIRMILL_FETCH, …) holds each job as one message under the subject
// work.<stage>.<run>.<job id>. A subject takes one message, so the server itself refuses a job that is queued or in
// work, and takes it again once the first is gone. The durable pull consumer "workers" of each stream leases jobs:
// its ack wait is the lease. PAIRMILL_DEAD keeps what was given up, under dead.<stage>.<run>.<job id>, with its
// reason in a header. The key-value bucket pairmill-returns remembers deliveries that do not count. So the plain
// tools answer most questions:
//
//	nats stream ls
//	nats stream subjects PAIRMILL_FETCH
//	nats consumer info PAIRMILL_FETCH workers
//	nats stream view PAIRMILL_DEAD
//
// # Promises
//
// Push and settlements are confirmed by the server before they return. While the connection is lost they wait and
// try again until their context ends (settlements: at least until the lease ends); Pull waits for as long as its
// context lets it. What fails is logged at most once a second. Missing streams are made again, empty.
//
// The server does not fence: it takes an Ack from a holder whose lease has run out. The other settlements are
// checked against the lease on the client's clock, and when late they do nothing. A worker that is stopped between
// that check and the server's answer can still disturb the next holder, which costs one more delivery.
//
// # Choices and their reasons
//
// Twenty jobs or more are pushed in atomic batches, because a server that syncs every write takes a hundred times as many jobs
// that way (measured: 119,000 a second against 900). The server refuses a whole batch when one of its subjects is
// taken; it is then asked which are, and the others are sent again. (Halving the batch until only the taken ones are
// refused took 41 s for 1,500 taken jobs on a busy machine, since the server writes each batch before it looks;
// asking took 0.6 s.)
//
// The consumer has no BackOff: the server adds it to a delay asked for. It has no delivery limit either: a message
// that exceeds it stays in the stream and blocks its subject. Workers decide when to reject.
//
// The server counts every delivery. When Return hands a job back, it first notes in the bucket how many deliveries
// of that very message do not count, and a later Pull subtracts them. The note is needed for redelivered messages
// only, and is forgotten after a week: then the job has counted one stop as an attempt. (A job
// that the server was sending while its Pull was cancelled may count one attempt too many as well: server 2.15 does
// not take back the count of a first delivery that reached nobody.) Republishing the job in its own place would have been one write instead of two, but it sends the job to the end of the queue, and the server
// (2.15) forgets the other jobs that were waiting for redelivery until their leases end.
package nats
