package workers_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pairmill/internal/testutil"
	"pairmill/schemas"
	"pairmill/store/mem"
	"pairmill/workers"
	"pairmill/workers/workerstest"
)

// A host that does not answer is named while it is waited for, with what stands behind it, and not afterwards.
func TestWaitsNameTheSlowHost(t *testing.T) {
	t.Parallel()
	answers := make(chan struct{})
	site := testutil.NewSite(t, nil)
	site.Handle("slow.test", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/robots.txt" {
			<-answers
		}
		http.NotFound(w, r)
	}))
	var list bytes.Buffer
	list.WriteString("url,text,uid\n")
	for i := range 8 {
		fmt.Fprintf(&list, "%s,a,%d\n", site.URL("slow.test", fmt.Sprintf("/%d.png", i)), i)
	}
	fmt.Fprintf(&list, "%s,b,x\n", site.URL("fast.test", "/x.png"))
	path := filepath.Join(t.TempDir(), "list.csv")
	if err := os.WriteFile(path, list.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	// One request at a time: the other host waits for that one to end.
	spec := bytes.Replace(workerstest.ListSpec(path), []byte("part_rows: 5"), []byte("part_rows: 100\n  concurrency: 1"), 1)

	var h *workers.Handlers
	begun := make(chan struct{})
	p := workerstest.Pipeline{Store: mem.New(), Spec: spec, Begun: func(x *workers.Handlers) { h = x; close(begun) }}
	ended := make(chan error, 1)
	go func() { ended <- p.Drive(t.Context()) }()
	<-begun
	until := func(what string, ok func(schemas.Waits) bool) (w schemas.Waits) {
		t.Helper()
		for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
			if w = h.Waits(1); ok(w) {
				return w
			}
		}
		t.Fatalf("%s: %+v", what, w)
		return w
	}
	host := "slow.test:" + site.Port()
	at := func(urls int64) func(schemas.Waits) bool {
		return func(w schemas.Waits) bool {
			return len(w.Slowest) == 1 && w.Slowest[0].Host == host && w.Slowest[0].State == schemas.WaitAnswer && w.Slowest[0].URLs == urls
		}
	}
	w := until("the first answer", at(8))
	if x := w.Slowest[0]; w.Shards != 1 || w.URLs != 9 || w.InFlight != 1 || w.Queued != 1 || w.Hosts != 1 || x.Shards != 1 || x.MeanMS != 0 {
		t.Errorf("before any answer: %+v", w)
	}
	for range 3 {
		time.Sleep(20 * time.Millisecond)
		answers <- struct{}{}
	}
	w = until("three answers", at(5))
	if x := w.Slowest[0]; w.URLs != 6 || x.MeanMS < 20 || x.LeftMS < 5*20 {
		t.Errorf("after three answers of 20 ms and more: %+v", w)
	}
	close(answers)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if w := h.Waits(1); w.Shards != 0 || w.URLs != 0 || w.InFlight != 0 || w.Queued != 0 || w.Pixels != 0 || len(w.Slowest) != 0 {
		t.Errorf("when all is over: %+v", w)
	}
}

// A page that is crawled stands behind its host as well.
func TestWaitsNameTheHostsOfPages(t *testing.T) {
	t.Parallel()
	answers := make(chan struct{})
	site := testutil.NewSite(t, nil)
	asked := make(chan struct{}, 10)
	site.Handle("a.test", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			asked <- struct{}{}
			<-answers
		}
		http.NotFound(w, r)
	}))
	var h *workers.Handlers
	p := workerstest.Pipeline{Store: mem.New(), Spec: workerstest.Spec(site, ""), Begun: func(x *workers.Handlers) { h = x }}
	ended := make(chan error, 1)
	go func() { ended <- p.Drive(t.Context()) }()
	<-asked
	w := h.Waits(9)
	close(answers)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	for _, x := range w.Slowest {
		if x.Host == "a.test:"+site.Port() && x.URLs == 1 && x.State == schemas.WaitAnswer {
			return
		}
	}
	t.Errorf("a.test is not waited for: %+v", w)
}
