package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"pairmill/schemas"
)

// Product is the product token: the first word of the User-Agent, and the name under which robots.txt groups and
// scoped X-Robots-Tag headers address us.
const Product = "pairmill"

// RobotsLimit is how much of a robots.txt is read: 500 KiB, the least that RFC 9309 section 2.5 asks for.
const RobotsLimit = 500 << 10

// Resolver turns a host name into addresses; *net.Resolver is one. It returns when ctx ends. A *net.DNSError tells by
// IsNotFound that the name does not exist; whatever else it says may pass.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// DialFunc opens a connection to an address; net.Dialer.DialContext is one.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// Config says how to fetch. The zero Config works: public addresses only, one request in flight per host.
type Config struct {
	Version string // in the User-Agent after "pairmill/"; default "dev"
	Contact string // URL or mail address in the User-Agent, so that a site's owner can reach us; default none
	Token   string // a further product token that sites may address in robots.txt and X-Robots-Tag; default none

	AllowPrivate bool              // dial loopback and private addresses too; never the clouds' metadata addresses
	Hosts        map[string]string // host name or *.suffix → IP address, asked before DNS; the guard still applies

	Timeout        time.Duration // one try, redirects included, waits excluded; default 30 s; past it: timeout
	ConnectTimeout time.Duration // TCP handshake, over all addresses; default 5 s; past it: timeout
	HeaderTimeout  time.Duration // TLS handshake, and from the request to its answer's header; default 10 s each
	MinRate        int64         // bytes per second of a body on average, asked of it after MinRateGrace; default 1,000
	MinRateGrace   time.Duration // default 5 s; a body slower than MinRate from then on: timeout
	MaxBytes       int64         // an image after decompression; default 32 MiB; past it: body_too_large
	MaxPageBytes   int64         // a page after decompression; default 5 MiB; past it: body_too_large
	MaxBuffered    int64         // bytes of all bodies in flight together; default 512 MiB; past it: bodies wait
	MaxRedirects   int           // default 10, negative = none; past it: too_many_redirects. robots.txt: 5 (RFC 9309)
	Tries          int           // for answers that may change: 5xx, 429, resets, timeouts; default 3
	MaxRetryAfter  time.Duration // the longest Retry-After that is waited for; default 2 min; past it: no further try

	Delay   time.Duration // between two requests to one host; default 0; Crawl-delay may raise it (default Pacer, and Limitable ones)
	PerHost int           // requests in flight to one host; default 1 (default Pacer, and Limitable ones)
	Pacer   Pacer         // default NewPacer with Delay and PerHost

	OptOutWords []string // directives that forbid use; default DefaultOptOutWords(); an empty, non-nil list turns it off

	RobotsTTL      time.Duration // how long a robots.txt is believed; default 24 h, RFC 9309's advice
	RobotsRetry    time.Duration // how long an unreachable one is; default 2 min, so that a blip costs minutes
	MaxRobotsBytes int64         // of parsed rules kept for all hosts; default 64 MiB; past it: the oldest are asked again

	DNSTTL      time.Duration // how long addresses are believed; default 10 min; connecting in vain ends it sooner
	DNSGoneTTL  time.Duration // how long it is believed that a name does not exist; default 1 h
	DNSErrorTTL time.Duration // how long a name that could not be looked up is not asked again; default 30 s
	DNSEntries  int           // names kept; default 65,536; past it: the longest unused are looked up again
	DNSLookups  int           // look-ups in flight; default 64; past it: names wait
	DNSTimeout  time.Duration // one look-up; default 5 s; past it: the next try
	DNSTries    int           // look-ups of a name that gets no answer; default 4; past it: dns_error

	BreakerFailures int           // in a row, until a host gets a rest; default 5; negative = never
	BreakerPause    time.Duration // the first rest, doubled up to 8 times as long; default 2 min

	IdleConns   int           // kept connections without a request, over all hosts; default 512; past it: the oldest are closed
	IdleTimeout time.Duration // how long one is kept; default 30 s

	InsecureTLS bool        // accept any certificate; default: verify
	Resolver    Resolver    // asked through the cache; default the system's name servers, in pure Go
	Dial        DialFunc    // default a net.Dialer with the guard in its Control; a seam for tests
	TLS         *tls.Config // default: verify against the system's roots; a seam for tests and private roots
}

// ConfigFrom takes over what a spec says of fetching.
func ConfigFrom(s schemas.Fetch) Config {
	return Config{
		Contact: s.Contact, Token: s.Token, AllowPrivate: s.AllowPrivate, Hosts: s.Hosts,
		Timeout: s.Timeout.Std(), Delay: s.Delay.Std(), PerHost: s.PerHost,
		MaxBytes: int64(s.MaxBytes), MaxPageBytes: int64(s.MaxPageBytes),
		MaxRedirects: s.MaxRedirects, Tries: s.Tries, InsecureTLS: s.IgnoreTLS, OptOutWords: s.OptOut,
	}
}

// UserAgent is the header that every request carries.
func (c Config) UserAgent() string {
	c = c.withDefaults()
	var remarks []string
	if c.Token != "" {
		remarks = append(remarks, "compatible", c.Token)
	}
	if c.Contact != "" {
		remarks = append(remarks, "+"+c.Contact)
	}
	if len(remarks) == 0 {
		return Product + "/" + c.Version
	}
	return Product + "/" + c.Version + " (" + strings.Join(remarks, "; ") + ")"
}

// Address is the address that Hosts has for a host, by its own name or a suffix; empty = DNS is asked.
func (c Config) Address(host string) string {
	lower := make(map[string]string, len(c.Hosts))
	for name, addr := range c.Hosts {
		lower[strings.ToLower(name)] = addr
	}
	addr, _ := find(lower, strings.TrimSuffix(host, "."))
	return addr
}

func (c Config) withDefaults() Config {
	setDefault(&c.Version, "dev")
	setDefault(&c.Timeout, 30*time.Second)       // three times the slowest 1 % of image hosts seen in list downloads
	setDefault(&c.ConnectTimeout, 5*time.Second) // a SYN lost twice (1 s + 2 s) still gets through
	setDefault(&c.HeaderTimeout, 10*time.Second) // img2dataset's per-operation timeout
	setDefault(&c.MinRate, 1000)                 // a modem; slower is a drip that holds a slot for the whole timeout
	setDefault(&c.MinRateGrace, 5*time.Second)   // TCP slow start over a satellite is well past 1 KB/s by then
	setDefault(&c.MaxBytes, 32<<20)              // a 50-megapixel JPEG of high quality
	setDefault(&c.MaxPageBytes, 5<<20)           // above 99.9 % of pages in Common Crawl, which cuts at 1 MiB (5 since 2025)
	setDefault(&c.MaxBuffered, 512<<20)          // 16 images at their limit, and thousands of usual ones
	setDefault(&c.MaxRedirects, 10)              // imgproxy and curl's users agree on about 10; browsers take 20
	setDefault(&c.Tries, 3)                      // DataComp's downloader retries twice
	setDefault(&c.MaxRetryAfter, 2*time.Minute)  // longer waits belong to the next generation of a run
	setDefault(&c.PerHost, 1)                    // what every polite crawler does
	setDefault(&c.RobotsTTL, 24*time.Hour)       // RFC 9309, section 2.4
	setDefault(&c.RobotsRetry, 2*time.Minute)    // one request per host in this time is no burden to a broken site
	setDefault(&c.MaxRobotsBytes, 64<<20)        // usual files parse to under 10 KB: some 6,000 hosts
	setDefault(&c.DNSTTL, 10*time.Minute)        // twice what most CDNs set, for names that will be asked for again soon
	setDefault(&c.DNSGoneTTL, time.Hour)         // RFC 2308, section 5: one to three hours work well
	setDefault(&c.DNSErrorTTL, 30*time.Second)   // RFC 9520 asks for 1 s at least and 5 min at most
	setDefault(&c.DNSEntries, 1<<16)             // some 20 MB
	setDefault(&c.DNSLookups, 64)                // two queries each: under the 150 that dnsmasq forwards at once
	setDefault(&c.DNSTimeout, 5*time.Second)     // two queries to each of two name servers
	setDefault(&c.DNSTries, 4)                   // at 30 % loss one look-up in 50 gets no answer, four one in some million
	setDefault(&c.BreakerFailures, 5)            // more than one URL's tries
	setDefault(&c.BreakerPause, 2*time.Minute)   // as an unreachable robots.txt
	setDefault(&c.IdleConns, 512)                // some 20 MB over TLS; a list rarely returns to a host within seconds
	setDefault(&c.IdleTimeout, 30*time.Second)   // under the 60 s or more after which common servers close
	if c.MaxRedirects < 0 {
		c.MaxRedirects = 0
	}
	if c.OptOutWords == nil {
		c.OptOutWords = DefaultOptOutWords()
	}
	return c
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// check refuses what cannot work, before the first request. c has its defaults.
func (c Config) check() error {
	var errs []error
	for name, v := range map[string]int64{
		"timeout": int64(c.Timeout), "connect timeout": int64(c.ConnectTimeout), "header timeout": int64(c.HeaderTimeout),
		"max bytes": c.MaxBytes, "max page bytes": c.MaxPageBytes, "min rate": c.MinRate, "tries": int64(c.Tries),
		"delay": int64(c.Delay), "per host": int64(c.PerHost), "dns ttl": int64(c.DNSTTL), "dns gone ttl": int64(c.DNSGoneTTL),
		"dns error ttl": int64(c.DNSErrorTTL), "dns entries": int64(c.DNSEntries), "dns lookups": int64(c.DNSLookups),
		"dns timeout": int64(c.DNSTimeout), "dns tries": int64(c.DNSTries), "breaker pause": int64(c.BreakerPause),
		"idle conns": int64(c.IdleConns), "idle timeout": int64(c.IdleTimeout),
	} {
		if v < 0 {
			errs = append(errs, fmt.Errorf("%s %d is negative", name, v))
		}
	}
	if need := gateReserve(c); c.MaxBuffered < need {
		errs = append(errs, fmt.Errorf("max buffered %d is under %d, twice the largest body allowed (max bytes %d)",
			c.MaxBuffered, need, c.MaxBytes))
	}
	const token = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./"
	if strings.Trim(c.Token, token) != "" {
		errs = append(errs, fmt.Errorf("token %q holds more than letters, digits and -_./", c.Token))
	}
	return errors.Join(errs...)
}

// limit is how many decoded bytes a body of this kind may have, and the setting's name in messages.
func (c Config) limit(k Kind) (int64, string) {
	switch k {
	case Page:
		return c.MaxPageBytes, "max_page_bytes"
	case Robots:
		return RobotsLimit, "RFC 9309"
	default:
		return c.MaxBytes, "max_bytes"
	}
}
