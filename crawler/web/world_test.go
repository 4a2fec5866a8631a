package web

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"

	"pairmill/fetch"
	"pairmill/schemas"
)

// world is a web made of a formula: host h0.test to hN.test with pages 0 to M, each linking to pages of its own and of
// other hosts, with shared pictures, redirects, dead ends and pages that opt out. Every answer depends on its URL only.
type world struct {
	hosts, pages int
}

func (w *world) url(host, page int) string {
	return fmt.Sprintf("http://h%d.test/p%d.html", host, page)
}

func (w *world) Get(ctx context.Context, r fetch.Request) (fetch.Response, error) {
	if err := ctx.Err(); err != nil {
		return fetch.Response{}, err
	}
	out := fetch.Response{URL: r.URL, FinalURL: r.URL, Status: 200, Requests: 1}
	var host, page int
	if n, _ := fmt.Sscanf(r.URL, "http://h%d.test/p%d.html", &host, &page); n != 2 || host >= w.hosts || page >= w.pages {
		out.Status, out.Reason = 404, schemas.HTTPGone
		return out, nil
	}
	h := fnv.New64a()
	h.Write([]byte(r.URL))
	random := rand.New(rand.NewPCG(h.Sum64(), 1))
	if random.IntN(10) == 0 {
		out.Status, out.Location = 301, w.url(random.IntN(w.hosts), random.IntN(w.pages))
		return out, nil
	}
	out.Body = []byte(w.body(random))
	return out, nil
}

func (*world) ParseDirectives(content, source string) string {
	return fetch.ParseDirectives(content, source)
}

func (w *world) body(random *rand.Rand) string {
	var b strings.Builder
	b.WriteString("<html lang=en>")
	if random.IntN(12) == 0 {
		b.WriteString(`<meta name=robots content=noai>`)
	}
	for range 6 {
		fmt.Fprintf(&b, `<a href="%s">x</a>`, w.url(random.IntN(w.hosts), random.IntN(w.pages)))
		n := random.IntN(3 * w.hosts)
		fmt.Fprintf(&b, `<img src="http://img%d.test/%d.png" alt="picture %d">`, n%7, n, n)
	}
	return b.String()
}
