// Package workers runs jobs: it pulls them from the queue, gives each to its handler, publishes what follows, and
// settles them.
//
// A handler never sees the queue. It reads immutable objects, writes immutable objects and returns; once makes any
// such work crash-safe, and flow says which jobs a commit sets free. From the source to the dataset the tasks are
//
//	plan → gather → walk … → route → exchange → gather …   the web, in lanes and epochs   (crawler/web)
//	                           exchange → fetch             one part, one shard            (fetch, filter, sink)
//	fetch  ⇒ dedup ⇒ embed ⇒ select                         group by group                 (curate, encoder)
//	all select ⇒ curate → publish ⇒ release                 the dataset                    (curate, sink)
//
// where → is named by the commit record of the job before, and ⇒ waits until a whole group has settled.
package workers
