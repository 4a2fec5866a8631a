package picturesite

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

func TestListHasWhatACrawlerFinds(t *testing.T) {
	t.Parallel()
	site := New(DefaultPages)
	want, hosts, pairs := site.Inventory(), map[string]int{}, map[[2]string]bool{}
	for _, r := range site.List() {
		hosts[r.Host]++
		if r.Caption != "" {
			pairs[[2]string{r.Path, r.Caption}] = true
		}
	}
	if len(pairs) != want.Candidates()-1 { // all but the logo
		t.Errorf("%d pairs of picture and caption, want the inventory's %d without the logo", len(pairs), want.Candidates())
	}
	if len(hosts) != 12 || hosts[MirrorHost] < 10 || hosts["circle."+Domain] < 10 {
		t.Errorf("hosts %v, want ten rooms, the mirror and the rest", hosts)
	}
	var text bytes.Buffer
	if err := site.WriteList(&text, "8095"); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&text).ReadAll()
	if first := site.List()[0]; err != nil || len(rows) != len(site.List())+1 || rows[1][0] != "http://"+first.Host+":8095"+first.Path || rows[1][1] != first.Caption {
		t.Errorf("%d rows beginning with %q (%v)", len(rows), rows[:2], err)
	}
}

func TestOnlyTheMirrorIsSlow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := Slow(http.NotFoundHandler(), time.Second)
		for host, want := range map[string]time.Duration{"www." + Domain: 0, MirrorHost + ":80": time.Second} {
			start := time.Now()
			h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "http://"+host+"/", nil))
			if got := time.Since(start); got != want {
				t.Errorf("%s answered after %v, want %v", host, got, want)
			}
		}
	})
}
