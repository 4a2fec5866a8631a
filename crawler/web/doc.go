// Package web crawls the live web, in lanes, and finds candidates on its pages.
//
// It is pure logic over plain data plus page fetching through [Fetcher]: reading and writing objects, commit
// records and jobs are its caller's.
//
// # Lanes and epochs
//
// Hosts are packed into lanes by hash ([LaneOf]) and a host is never split, so a lane can know alone what was
// planned on its hosts. A crawl is bulk-synchronous, so that its result does not depend on timing. In an epoch
// every active lane advances on its own through a chain of jobs
//
//	gather → walk → walk → … → route
//
// and between epochs an exchange hands over what lanes found for one another:
//
//   - [Crawler.Gather] takes in what was sent to the lane in the epoch before: links go to its frontier, candidates
//     that it has not seen become fresh ones.
//   - [Crawler.Walk] plans the best links of the frontier, fetches and parses them, and returns one page per planned
//     URL, in planned order. Links to the lane's own hosts go to its frontier; all else is a find.
//   - [Crawler.Route] merges the finds of the lane's walks into one outbox for each lane that they concern.
//   - [Allot] shares what is left of max_pages among the lanes of the next epoch, or ends the crawl.
//
// # Promises
//
// Equal answers from the web give equal bytes: State, pages, finds and outboxes depend on the inputs of a job and on
// nothing else, neither on the concurrency of a walk nor on the order in which lanes ran. Where neither max_pages,
// max_pages_per_host nor max_depth cut anything, the set of pages and the set of candidate ids do not depend on
// the number of lanes either.
//
// A URL is planned once in a run. Its depth is that of the path on which it was first planned, which is not always the
// shortest one: a lane may walk a long way on its own hosts before another lane's shorter way to the same page
// arrives. While a URL waits in the frontier a shorter way replaces a longer one; after it was planned its depth
// stays, and so do the depths of what was found on it. max_depth cuts by these depths.
//
// # Memory
//
// A lane job holds its frontier (at most what is left of max_pages, each link at most 2 × 2,048 bytes of URLs), its
// runs of seen hashes (16 bytes for each planned page, 16 or 32 for each candidate), the finds of one walk (at most
// pages_per_job × [Config].MaxLinks links and × MaxCandidates candidates), and its pages: Fetch.Concurrency bodies of at most
// max_page_bytes, of which Config.Parsers are trees of nodes at a time. A tree costs up to about 60 times its page
// (a page made of nothing but three-byte tags); real pages cost 5 to 10 times.
package web
