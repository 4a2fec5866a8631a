package faults

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pairmill/internal/testutil"
)

// webConfig says how large a little internet is.
type webConfig struct {
	Hosts    int           // h0.test, h1.test and so on, each of a registrable domain of its own
	Pages    int           // of each host, which link to each other and to the next host
	Pictures int           // of each page
	Slow     time.Duration // how long each answer takes
	Fresh    bool          // pictures are drawn each time they are asked for, and not kept
}

// web is a little internet: pages with pictures on several hosts. Of ten pictures of a host one is missing, one has the bytes
// of its neighbour, and one says in its header that it must not be used. It remembers who asked for what.
type web struct {
	*testutil.Site
	cfg   webConfig
	slow  atomic.Int64
	late  sync.Map // how long each picture of some hosts takes, by host
	drawn sync.Map // bytes by host and number
}

func newWeb(t *testing.T, cfg webConfig) *web {
	t.Helper()
	w := &web{cfg: cfg}
	w.slow.Store(int64(cfg.Slow))
	w.Site = testutil.NewSite(t, http.HandlerFunc(w.serve))
	return w
}

// pace sets how long each answer takes from now on.
func (w *web) pace(slow time.Duration) { w.slow.Store(int64(slow)) }

// lag sets how long each picture of one host takes from now on.
func (w *web) lag(host int, late time.Duration) { w.late.Store(host, late) }

func hostName(i int) string { return fmt.Sprintf("h%d.test", i) }

// What is wrong with a picture, by the last digit of its number.
const (
	gone     = 3
	copied   = 5
	reserved = 7
)

func (w *web) serve(out http.ResponseWriter, r *http.Request) {
	var host, n int
	if _, err := fmt.Sscanf(r.Host, "h%d.test", &host); err != nil || host >= w.cfg.Hosts {
		http.NotFound(out, r)
		return
	}
	takes := time.Duration(w.slow.Load())
	if late, ok := w.late.Load(host); ok && strings.HasSuffix(r.URL.Path, ".png") {
		takes = late.(time.Duration)
	}
	select {
	case <-time.After(takes):
	case <-r.Context().Done():
		panic(http.ErrAbortHandler) // whoever asked has gone
	}
	switch name, ext, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "."); {
	case r.URL.Path == "/":
		w.page(out, host, 0)
		return
	case ext == "html":
		n, _ = strconv.Atoi(name)
		w.page(out, host, n)
		return
	case ext == "png":
		n, _ = strconv.Atoi(name)
	default:
		http.NotFound(out, r)
		return
	}
	switch n % 10 {
	case gone:
		http.NotFound(out, r)
		return
	case copied:
		n--
	case reserved:
		out.Header().Set("X-Robots-Tag", "noai")
	}
	data := w.picture(host, n)
	out.Header().Set("Content-Length", strconv.Itoa(len(data)))
	out.Header().Set("Content-Type", "image/png")
	_, _ = out.Write(data)
}

func (w *web) page(out http.ResponseWriter, host, n int) {
	var b strings.Builder
	b.WriteString("<!doctype html><html lang=en><title>pictures</title>")
	if n == 0 {
		fmt.Fprintf(&b, "<a href=%q>next</a>", w.URL(hostName((host+1)%w.cfg.Hosts), "/"))
	}
	for _, child := range []int{2*n + 1, 2*n + 2} {
		if child < w.cfg.Pages {
			fmt.Fprintf(&b, "<a href=\"/%d.html\">%d</a>", child, child)
		}
	}
	for i := range w.cfg.Pictures {
		fmt.Fprintf(&b, "<img src=\"/%d.png\" alt=%q>", n*w.cfg.Pictures+i, caption(host, n*w.cfg.Pictures+i))
	}
	out.Header().Set("Content-Type", "text/html; charset=utf-8")
	out.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	_, _ = out.Write([]byte(b.String()))
}

func caption(host, n int) string { return fmt.Sprintf("picture number %d of the host %d", n, host) }

// picture draws a picture that no other is equal to.
func (w *web) picture(host, n int) []byte {
	key := [2]int{host, n}
	if data, ok := w.drawn.Load(key); ok {
		return data.([]byte)
	}
	img := image.NewRGBA(image.Rect(0, 0, 40, 30))
	for i := range 1200 {
		img.SetRGBA(i%40, i/40, color.RGBA{byte(n), byte(i + n/256), byte(i*n + 77*host), 255})
	}
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, img); err != nil {
		panic(err)
	}
	if !w.cfg.Fresh {
		w.drawn.Store(key, b.Bytes())
	}
	return b.Bytes()
}

// count is how many pictures there are.
func (w *web) count() int { return w.cfg.Hosts * w.cfg.Pages * w.cfg.Pictures }

// list writes a list of all pictures, host by host in turn.
func (w *web) list(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("url,text\n")
	for n := range w.cfg.Pages * w.cfg.Pictures {
		for host := range w.cfg.Hosts {
			fmt.Fprintf(&b, "%s,%s\n", w.URL(hostName(host), fmt.Sprintf("/%d.png", n)), caption(host, n))
		}
	}
	return writeFile(t, "list.csv", b.String())
}

func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Rows and pages of one job, which is what a kill can waste.
const (
	partRows    = 10
	pagesPerJob = 3
)

// common is what all specs have. Requests of runs are told apart in the log by the contact.
func common(contact string) string {
	return fmt.Sprintf(`fetch: {contact: %q, allow_private: true, hosts: {"*.test": 127.0.0.1}, delay: 0s, per_host: 2, tries: 1, part_rows: %d}
filter: {min_chars: 3, min_words: 1, min_side: 16}
`, contact+"@faults.test", partRows)
}

// crawlSpec crawls the little internet and makes a dataset: all tasks of a crawl.
func (w *web) crawlSpec(contact string) string {
	var seeds []string
	for i := range w.cfg.Hosts {
		seeds = append(seeds, strconv.Quote(w.URL(hostName(i), "/")))
	}
	return fmt.Sprintf(`version: 1
name: crawled
source: {web: {seeds: [%s], scope: host, lanes: 3, pages_per_job: %d}}
embed: {model: builtin, batch: 8}
dataset: {shard_samples: 40}
`, strings.Join(seeds, ", "), pagesPerJob) + common(contact)
}

// listSpec takes a list and makes a dataset of it.
func listSpec(list, contact string) string {
	return fmt.Sprintf(`version: 1
name: listed
source: {list: {inputs: [%q], format: csv, caption: text}}
embed: {model: builtin, batch: 8}
dataset: {shard_samples: 40}
`, list) + common(contact)
}

// deliverSpec takes a list and delivers its pictures in a format; "none" leaves them in the run.
func deliverSpec(list, contact, format string) string {
	return fmt.Sprintf(`version: 1
name: delivered
source: {list: {inputs: [%q], format: csv, caption: text}}
embed: {model: ""}
deliver: {format: %s}
`, list, format) + common(contact)
}
