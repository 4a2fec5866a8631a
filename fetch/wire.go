package fetch

import (
	"crypto/tls"
	"net/http"
	"time"
)

// newTransport keeps connections, verifies TLS, and does nothing behind our back: no proxy, which would hide the real
// address from the guard, no cookies, no redirects, no decompression past our limits.
func newTransport(c Config, d *dialer) *http.Transport {
	return &http.Transport{
		Proxy:                  nil,
		DialContext:            d.connect,
		TLSClientConfig:        newTLS(c),
		TLSHandshakeTimeout:    c.HeaderTimeout,
		ResponseHeaderTimeout:  c.HeaderTimeout,
		MaxResponseHeaderBytes: 64 << 10, // eight times what common servers send at most
		DisableCompression:     true,
		ForceAttemptHTTP2:      true,
		HTTP2:                  newHTTP2(),
		MaxIdleConns:           c.IdleConns,
		MaxIdleConnsPerHost:    max(2, c.PerHost), // http and https of one host
		IdleConnTimeout:        c.IdleTimeout,
	}
}

// tlsSessions is how many hosts' session tickets are kept, so that the next connection needs no certificate and no
// signature (RFC 8446, section 2.2): about 2 KB each.
const tlsSessions = 2048

// newTLS leaves out the hybrid key exchanges, which protect what is recorded today from tomorrow's quantum computers: what
// we ask for is public, they are a quarter of what a new connection costs the client, and their ClientHello takes a second
// packet, which some middle boxes drop.
func newTLS(c Config) *tls.Config {
	config := c.TLS.Clone()
	if config == nil {
		config = &tls.Config{}
	}
	if c.InsecureTLS {
		config.InsecureSkipVerify = true
	}
	if config.CurvePreferences == nil {
		config.CurvePreferences = []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521}
	}
	if config.ClientSessionCache == nil {
		config.ClientSessionCache = tls.NewLRUClientSessionCache(tlsSessions)
	}
	return config
}

// newHTTP2 bounds what a server may send before it is read. The default of 4 MiB per stream would escape the memory
// gate: a thousand bodies that wait there would hold 4 GB.
func newHTTP2() *http.HTTP2Config {
	return &http.HTTP2Config{
		MaxReceiveBufferPerStream:     256 << 10,        // 2.5 MB/s at 100 ms, far over what one picture needs
		MaxReceiveBufferPerConnection: 1 << 20,          // four streams at full speed; few hosts are asked more at once
		SendPingTimeout:               15 * time.Second, // a connection that died silently is found out between requests
		PingTimeout:                   5 * time.Second,
	}
}
