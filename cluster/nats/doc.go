// Package nats is the job queue on NATS JetStream, and the embedded server for clusters of one machine.
//
// # What stands in NATS
//
// One work-queue stream per stage (PAIRMILL_FETCH, …) holds each job as one message under the subject
// work.<stage>.<run>.<job id>. A subject takes one message, so the server itself refuses a job that is queued or in
// work, and takes it again once the first is gone. In each of these streams every run has a durable pull consumer of its
// own name, which leases the run's jobs: its ack wait is the lease. The key-value bucket pairmill-runs holds the runs
// that may have jobs, each with its share: weight, and whether it is paused. PAIRMILL_DEAD keeps what was given up,
// under dead.<stage>.<run>.<job id>, with its reason in a header. The bucket pairmill-returns remembers deliveries that
// do not count. So the plain tools answer most questions:
//
//	nats stream ls
//	nats stream subjects PAIRMILL_FETCH
//	nats consumer report PAIRMILL_FETCH
//	nats kv get pairmill-runs <run>
//	nats stream view PAIRMILL_DEAD
//
// What the processes of a cluster share beside the queue (Medium) stands beside it:
//
//	bucket pairmill-locks     one key per lock, which ends 8 s after its holder's last renewal; the value says who holds it
//	bucket pairmill-members   one key per process, which ends after 10 s
//	bucket pairmill-memory    <group>.<name>: what a process leaves to its successor, each with its own time to live
//	stream PAIRMILL_TIMERS    timer.<name>: a message schedule; tick.<name>: that it is due, until it is acked
//	stream PAIRMILL_LOG       log.<run>.<job>: the latest log lines, for a week or up to 256 MiB
//	subject call.<kind>.<n>   questions, answered by one of the queue group "answer"; nothing is stored
//
// They are made when the first of them is needed, by whatever process is no worker. So, again with the plain tools:
//
//	nats kv ls pairmill-locks --values
//	nats kv watch pairmill-members
//	nats stream view PAIRMILL_TIMERS
//	nats stream view PAIRMILL_LOG --subject 'log.<run>.>'
//
// What a worker may do, and what a control plane needs, stands as permissions in docs/security.md. A worker (Config.Worker)
// makes nothing: not streams, nor consumers, nor runs known; it has its answers under _INBOX_WORKER. A call to pace-3 has the
// subject call.pace.3, so that permissions can be given by kind.
//
// # Promises
//
// Push and settlements are confirmed by the server before they return. While the connection is lost they wait and
// try again until their context ends (settlements: at least until the lease ends); Pull waits for as long as its
// context lets it. What fails is logged at most once a second. Missing streams, buckets and consumers are made again,
// the streams empty. Runs that this process had made known are made known again; their shares are zero until somebody
// steers them.
//
// Push makes a run known before its first message: consumers in all streams, then the entry in pairmill-runs. Each
// process asks for jobs run by run, in turns by weight, and hears of a changed share within milliseconds. Turns are dealt
// in each process by itself, so over the cluster shares hold as far as the processes ask alike. A run that has had nothing
// for a while is asked again after at most 2 s while others keep a process busy, at once when the job was pushed by that
// process, and without delay when the process is idle: then a request waits at the server for each run. A process that
// waits with fewer Pulls than runs may so be sent jobs that it has no Pull for; it hands them back at once, uncounted.
//
// A message whose run nobody made known is handed out to nobody. Mend finds such runs and makes them known. What is no job is
// taken out at its first delivery, with a line in the log, and kept as a dead letter.
//
// # Disks
//
// A server (2.15.2) whose disk is full goes on to answer questions and to hand out jobs, but it stores nothing and does not
// refuse either: whoever stores waits. Check tells so within two tries. It does not recover by itself: make room, and start it
// again. A stream's reservation counts as used room; that of the journal is 256 MiB.
//
// A server with a message that its disk has changed does not say so. It keeps the subject taken and gives the message to
// nobody, so a job would never run, and a lock never be free (seen with one bit flipped in a .blk file). Open and Mend look for
// such messages, and have the stream made again; of jobs, Mend sees those that should have been handed out and were not.
//
// The server does not fence: it takes an Ack from a holder whose lease has run out. The other settlements are
// checked against the lease on the client's clock, and when late they do nothing. A worker that is stopped between
// that check and the server's answer can still disturb the next holder, which costs one more delivery.
//
// # Several servers
//
// With Config.Replicas 3, three servers keep each message, and one may be lost. What clients see when the server that leads
// a stream or a consumer is killed, measured on three processes under load: requests that it had not answered fail after
// Timeout (5 s) and are tried again, until the other two have elected a leader; for 5 to 10 s nothing is pushed, pulled or
// acked in that stream (in one of ten kills it was 0.1 s). Nothing that was confirmed is lost, and no job comes back
// that was acked (TestServersKilledUnderLoad); leases must outlast an election, which those of the default do. Jobs that
// the server had sent and that did not arrive come back after their lease. While two servers are lost, everything waits.
//
// An ack is confirmed by the consumer's servers a moment before the stream's have removed the message. So Ack and Reject
// then ask until it is gone: a job of the same name that is pushed after them must not be taken for the old one. Dead
// letters, and what is known of runs, may be read from a server that is some milliseconds behind.
//
// Each run has a consumer, with a Raft group of its own, in each of the seven streams: fifty runs are 350 groups, with
// which the suite passes. A request for a job that waits costs two entries in
// such a log, so it waits for 30 s.
//
// # Choices and their reasons
//
// Twenty jobs or more are pushed in atomic batches, because a server that syncs every write takes a hundred times as many jobs
// that way (measured: 119,000 a second against 900). The server refuses a whole batch when one of its subjects is
// taken; it is then asked which are, and the others are sent again. (Halving the batch until only the taken ones are
// refused took 41 s for 1,500 taken jobs on a busy machine, since the server writes each batch before it looks;
// asking took 0.6 s.)
//
// Each message of a Push has an ID of its own, which the server remembers for two minutes. A message that is sent again
// because its answer was lost is so told from a new one, also when its job has been done by then. (A job's name as the ID
// would not do: a job that is pushed anew within two minutes would be dropped without a word.)
//
// There is a consumer for each run, because one for all hands jobs out in the order in which they were queued: a run of
// a hundred jobs would wait behind one of a million. It costs the server memory and three goroutines for each run and
// stage, so Drop removes what a run leaves, and the server takes 1,000 consumers for a stream unless default_max_consumers
// says otherwise. Then Push drops runs that have had nothing queued and nothing delivered for ten minutes; if there are
// none, its error says so.
//
// Requests for jobs go through one dispatcher for each stage and process. Measured beside the single consumer with a
// subscription for each Pull, on two busy cores, medians of five interleaved rounds of 1,000 jobs with a server that
// syncs every write, in jobs pulled and acked a second: 3,870 against 1,750 with one puller and one run, 5,480 against
// 2,200 with eight pullers, 4,610 against 2,150 with eight pullers and ten runs, 1,600 against 1,460 with a hundred. An
// idle process with four Pulls for each of the seven stages sends the server 0.3 messages a second with one known run,
// 2.4 with ten and 11.8 with fifty (it was 5.6 with any number); from Push to the return of an idle Pull it takes about
// 1 ms with one run and with fifty.
//
// Shares travel as the server's own copies of what it has stored in the bucket (republished under pairmill.runs.<run>),
// not through a consumer for each process, of which a stream takes a limited number. Copies may be lost with a
// connection, so the bucket is compared every ten seconds and after each reconnect.
//
// The consumers have no BackOff: the server adds it to a delay asked for. They have no delivery limit either: a message
// that exceeds it stays in the stream and blocks its subject. Workers decide when to reject.
//
// The server counts every delivery. When Return hands a job back, it first notes in the bucket how many deliveries
// of that very message do not count, and a later Pull subtracts them. The note is needed for redelivered messages
// only, and is forgotten after a week: then the job has counted one stop as an attempt. (A job
// that the server was sending just when its request was withdrawn, because the Pull was cancelled or another run's job
// came, may count one attempt too many as well: server 2.15 does not take back the count of a first delivery that
// reached nobody. Such requests wait on for 50 ms, in which jobs that were pushed together arrive and can be handed
// back.) Republishing the job in its own place would have been one write instead of two, but it sends the job to the
// end of the queue, and the server
// (2.15) forgets the other jobs that were waiting for redelivery until their leases end.
//
// # Locks, and why they hold
//
// A lock is a key that its holder writes anew every 1.5 s, each time with a time to live of 8 s and on condition that the
// key's last revision is its own. The server counts from when it stores a message; the holder counts from before it sent
// it, on the clock that nobody sets, and gives up 2 s before the end. So the holder stops first however long the message
// took, and the clocks of two machines are never compared. (Only the clocks of the NATS servers of a cluster are: a new
// leader of the bucket ends keys by its own. They may differ by less than those 2 s.) A key's end is stored by the leader as
// a marker, so that replicas agree on it.
//
// A renewal whose answer was lost has moved the key: the holder finds its own mark in the header and goes on. When the key
// is gone or another's, the holder is told at once. A server that has lost its disk has lost its locks: another may have a
// name then up to 2 s before its holder notices. A process that was suspended learns from Held before it learns from Lost;
// Linux stops the clock that this rests on while a whole machine sleeps, so hosts of holders must not.
//
// Seen on three servers: when the one that leads the bucket is shut down, the next write goes through after 0.7 to 1.1 s, and
// no lock moves (TestMediumOnThreeServers). A renewal may take 4.5 s before its lock is given up.
//
// # Timers
//
// The server (2.14 or later) evaluates the expressions itself. A subject holds one message, so a tick that nobody takes is
// replaced by the next. Whatever was due while the server was down fires once when it is back; the tick's own time is
// derived from its header, which names the time after it, and not from when it was stored. Time zones are the server's:
// a machine without a zone database refuses all but UTC (the embedded server has one built in). When a server comes back
// within half a second before a timer is due, it takes this time for the one that it makes up for (2.15.2 rounds the clock).
//
// # The journal
//
// Lines wait up to 200 ms for others and are stored as one batch, because a server that syncs every write syncs once for
// it. A batch whose answer was lost is sent again: a line may stand there twice.
package nats
