// Package fetch gets one URL, politely and safely: a page, a picture or a robots.txt, by one set of rules.
//
// It promises:
//
//   - Every URL ends as a body, as a redirect that the caller wanted to see, or as a reason from the closed list with a
//     detail that names the limit and its setting. An error means that the context ended. What is said of a URL does not
//     hold what differs from run to run (ports, clocks, byte counts); only the times and the address in a Response do.
//   - robots.txt (RFC 9309, package fetch/robots) is asked for before the first request to an origin and evaluated before
//     every request, redirects included. Every request waits for its turn in the Pacer; Crawl-delay, Retry-After and 429
//     hold the whole host. The User-Agent is the truth.
//   - No address is dialled that is not public, unless Config says so, however it is spelt, named or redirected to: the
//     guard sits in the dialer, behind DNS. No proxy from the environment is used.
//   - Limits come before work and count what is decoded: bytes of a body, bytes of all bodies together, redirects, time in
//     total, time per phase, and a minimum rate. Our own waits (Pacer, robots.txt, memory) are never charged to a host.
//   - Retries happen here and nowhere above. Those that a server asked to be later wait as long as it asked.
//
// Known weaknesses: one origin's robots.txt is parsed twice when it is fetched, because its Crawl-delay must hold from its
// own answer on; a connection whose request was cancelled while it was being dialled ends up to a connect timeout later, in
// net/http's hands; and which of a host's requests goes first after a pause depends on who asked first, so times are not
// reproducible, only outcomes are.
package fetch
