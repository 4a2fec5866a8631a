// Package pace is the Pacer of a cluster: however many workers fetch, a host sees one visitor.
//
// # Who decides
//
// Hosts are in 16 partitions by their registrable domain. Each partition has one owner, which holds the lock pace-<n> and
// keeps in memory who holds and who waits for which host; nobody else decides anything. Every process of the control plane
// runs an Owner; they share the partitions equally, and give one back at a time when another joins. A worker's Client asks
// by calls to pace-<n>: it says what it wants and what has ended, and keeps one question there that waits for grants. What
// comes up while a question is on its way goes with the next, so there is no pause to gather, and under load a call
// carries many turns.
//
// First come is first served: a wait keeps its place however often it is said, since a question tells how long ago each was
// begun. Each request is subject to the limits of its own run (Client.With), and those of all runs are counted together.
//
// # What holds, and why
//
// No host has more requests in flight than it may have, and no gap is shorter than its delay, also while owners and workers
// are killed, cut off and suspended. Clocks are never compared; each rule is a duration on one clock:
//
//   - Whatever an owner answers makes all that the client holds good for 8 s from before the client asked. A client that
//     gets no answer breaks its requests off a second before that (fetch.Perishable), and the owner counts them as ended 8 s
//     after it heard of the client last, which is later.
//   - An owner answers only while its lock is surely held (cluster.Lock.Held), which it looks at after everything else. A
//     new owner grants nothing for 10 s. So whatever an owner has answered, also one that was suspended right then, has ended
//     when its successor grants the same; clients who are in touch report what they hold, and go on.
//   - Delays count from the end of a request, as its worker reports it, to the next grant. With more than one request at a
//     time they count from when the worker has confirmed that its request may begin. A new owner counts them from when it
//     begins to grant. (With more than one at a time, a request may end right before another begins that was granted while it
//     ran.)
//   - What a host has asked for (Retry-After, Crawl-delay) is remembered in the cluster before the worker that reports it
//     gets its answer, and a new owner reads it before it grants.
//   - Questions may be lost, repeated and late. What a question says is said again until it was answered; a session's
//     questions are numbered, and a late one says nothing. A session begins anew with all that the client holds, and what
//     answers to the old one bring is void.
//
// Two things are beyond it: a worker that is suspended while it receives keeps its connection open, so its host may see
// two requests when it wakes; and a request reaches its host later than its grant, by the time that connecting takes.
//
// # What it costs
//
// Measured on two cores that also ran a NATS server and all clients, over loopback, while other work kept the machine busy
// (go test -bench Turn): a free host's turn takes 0.08 ms at the median and 0.2 ms in 99 of 100 cases. One owner lets 14,000
// to 21,000 requests a second begin, for eight workers with 64 requests in flight each; an idle worker says nothing, and one
// that waits or holds says something every 2.7 s for each partition.
//
// When an owner dies, its lock is free after 8 s and its successor grants 10 s later: for 18 to 20 s nothing new begins at the
// hosts of its partitions, and requests that take longer than about 5 s are broken off and made again. When it is stopped
// in order others take its partitions within 3 s and grant 10 s later, and nothing is broken off.
package pace
