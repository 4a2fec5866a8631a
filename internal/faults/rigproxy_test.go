package faults

import (
	"strings"
	"testing"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// proxy stands before a server. It may be told to do to connections what networks do.
type proxy struct {
	t     *testing.T
	inner *toxiproxy.Proxy
	addr  string
}

// newProxy starts a proxy before an address.
func newProxy(t *testing.T, name, upstream string) *proxy {
	t.Helper()
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	p := &proxy{t: t, addr: freeAddr(t)}
	p.inner = toxiproxy.NewProxy(server, name, p.addr, upstream)
	if err := p.inner.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.inner.Stop)
	return p
}

// hush lets nothing through any more, in either direction, and closes nothing: what a cut cable is like.
func (p *proxy) hush() {
	p.t.Helper()
	for _, stream := range []string{"upstream", "downstream"} {
		p.toxic(`{"name": "hush-` + stream + `", "type": "timeout", "stream": "` + stream + `", "attributes": {"timeout": 0}}`)
	}
}

// toxic adds one of toxiproxy's toxics, as its JSON says.
func (p *proxy) toxic(json string) {
	p.t.Helper()
	if _, err := p.inner.Toxics.AddToxicJson(strings.NewReader(json)); err != nil {
		p.t.Fatal(err)
	}
}

// heal takes all toxics away. Connections that were hushed may be lost.
func (p *proxy) heal() {
	p.t.Helper()
	p.inner.Toxics.ResetToxics(p.t.Context())
}
