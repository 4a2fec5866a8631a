package s3

import "net/http"

// WithTransport lets tests stand between the store and the network.
func (c Config) WithTransport(wrap func(http.RoundTripper) http.RoundTripper) Config {
	c.wrap = wrap
	return c
}

// WithPages makes pages small.
func (c Config) WithPages(n int) Config {
	c.page = n
	return c
}

// What tests look at from outside.
var (
	RetryAfter   = retryAfter
	ContentRange = contentRange
)

const (
	MaxPut   = maxPut
	MaxPause = maxPause
)
