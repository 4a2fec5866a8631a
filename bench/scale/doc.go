// Command scale measures what coordination costs and where it ends, on one machine with the processes of a real cluster:
// nats-server, control plane, workers, and a web of loopback addresses whose pictures are tiny, so that little else is left.
//
//		scale -nats NATS-SERVER -pairmill BINARY enqueue|overhead|workers|plan
//
//	  - enqueue: jobs that are put into the queue and taken out of it per second, on one server and on three.
//	  - overhead: CPU, calls to the store and messages to NATS for each job and for each row, from two runs over equally many
//	    rows in shards of different size.
//	  - workers: the rate of one run with 1, 2, 4 and 8 workers, on a web that answers late; and what its slots waited for jobs.
//	  - plan: the rate at which a long list becomes a plan, and the memory for it.
//
// Each prints a table, and with -json writes the figures to a file. `make bench-scale` runs the first three, docs/scaling.md has
// what they gave and what follows.
package main
