package web

import (
	"runtime"

	"pairmill/schemas"
)

// Config says what to crawl. Only Web.Seeds has no default.
type Config struct {
	Web   schemas.Web   // seeds, scope and budgets
	Fetch schemas.Fetch // MaxRedirects, PerHost and Concurrency count here; the rest is the fetcher's

	// Steps is how many walks a lane may do in one epoch. Default 8: then the lane waits for the exchange, so that
	// one big lane cannot keep the links of all others waiting.
	Steps int

	// MaxLinks is how many distinct links in scope are taken from one page, in document order; later ones are
	// ignored. Default 10,000: ten times what large index pages have, and a bound on hostile ones.
	MaxLinks int

	// MaxCandidates is how many distinct candidates are taken from one page, in document order; later ones are
	// ignored. Default 10,000, as for links.
	MaxCandidates int

	// Parsers is how many pages are held as trees at once; more wait, with their bodies. Default: the number of CPUs
	// that may run, since parsing does not wait for anything else.
	Parsers int
}

// Defaults for what a spec leaves at zero; internal/specfile writes the same ones into specs.
const (
	defaultMaxPages    = 10_000 // a first look at a site; larger crawls say so
	defaultPagesPerJob = 100    // about a minute and a half at one page a second, which is what a kill can waste
	defaultConcurrency = 64     // mostly waiting, for as many hosts
	defaultRedirects   = 10     // as in fetch: browsers take 20, a page that needs more than 10 hops is a loop
)

func (c Config) withDefaults() Config {
	setDefault(&c.Web.Scope, schemas.ScopeHost)
	setDefault(&c.Web.MaxPages, defaultMaxPages)
	setDefault(&c.Web.Lanes, 1)
	setDefault(&c.Web.PagesPerJob, defaultPagesPerJob)
	setDefault(&c.Fetch.MaxRedirects, defaultRedirects)
	setDefault(&c.Fetch.PerHost, 1)
	setDefault(&c.Fetch.Concurrency, defaultConcurrency)
	setDefault(&c.Steps, 8)
	setDefault(&c.MaxLinks, 10_000)
	setDefault(&c.MaxCandidates, 10_000)
	setDefault(&c.Parsers, runtime.GOMAXPROCS(0))
	return c
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
