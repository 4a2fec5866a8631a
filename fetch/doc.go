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
//     total, time per phase, and a minimum rate. Our own waits (Pacer, robots.txt, names, memory) are never charged to a
//     host.
//   - Retries happen here and nowhere above. Those that a server asked to be later wait as long as it asked.
//   - Names are looked up once for all who ask, a few at a time, and again when queries are lost; what does not exist is
//     remembered too. A dead host costs its first rows their tries and all others nothing: they carry the reason of its
//     last real failure, and their detail says so ("breaker open"). So which of a dying host's rows were really asked for,
//     and the reasons of the others, depend on the order of requests, as they depend on the web.
//   - Connections are kept, HTTP/2 is spoken where a server offers it, TLS sessions are resumed; all of it is bounded, and
//     Close leaves no connection and no goroutine behind.
//
// Known weaknesses: one origin's robots.txt is parsed twice when it is fetched, because its Crawl-delay must hold from its
// own answer on; a dial whose request was cancelled goes on in net/http's hands until it ends or Close does; addresses are
// believed for a time of our own choice, because Go's resolvers do not tell that of the records; and which of a host's
// requests goes first after a pause depends on who asked first, so times are not reproducible, only outcomes are.
package fetch
