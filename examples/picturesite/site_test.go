package picturesite

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestSameSiteTwice(t *testing.T) {
	t.Parallel()
	a, b := New(1), New(1)
	paths := []string{"/", "/robots.txt", "/static/style.css", "/static/logo.png", calendarStart, "/old/gallery/"}
	for path := range a.pages {
		paths = append(paths, path)
	}
	for i, f := range a.pages["/rooms/star/"].Figures {
		if i%2 == 0 {
			paths = append(paths, strings.SplitN(f.URL, "?", 2)[0])
		}
	}
	for _, path := range paths {
		first, second := ask(a, path), ask(b, path)
		if first.Code != second.Code || !bytes.Equal(first.Body.Bytes(), second.Body.Bytes()) || first.Body.Len() == 0 {
			t.Errorf("%s differs, or is empty", path)
		}
	}
}

func TestCornersDoNotDependOnTheRooms(t *testing.T) {
	t.Parallel()
	small, large := New(1), New(300)
	for _, c := range corners {
		path := "/corners/" + c.name + "/"
		if a, b := small.pages[path].figures(), large.pages[path].figures(); len(a) != len(b) || a[len(a)-1] != b[len(b)-1] {
			t.Errorf("%s differs between a small and a large site", path)
		}
	}
	if len(large.pages) < 280 || len(large.pages) > 300 {
		t.Errorf("%d pages, want about 300", len(large.pages))
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	site := New(1)
	for path, want := range map[string]int{
		"/": 200, "/nothing/": 404, "/calendar/2024/05/": 200, "/calendar/1066/12/": 200, "/calendar/2024/13/": 404,
		"/calendar/2024/5/": 404, "/private/drafts/": 200, "/old/gallery/": 301, "/old/guests/": 302, "/mirror/9999.jpg": 404,
	} {
		if got := ask(site, path).Code; got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
	w := httptest.NewRecorder()
	site.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", w.Code)
	}
}

func TestEntitiesAreWritten(t *testing.T) {
	t.Parallel()
	body := ask(New(1), "/corners/entities/").Body.String()
	for _, want := range []string{"&ldquo;", "&ndash;", "&eacute;", "&deg;", " &amp; ", "&lt;sketch&gt;", "&#34;"} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in the page", want)
		}
	}
	if strings.Contains(body, "ZgotmplZ") {
		t.Error("the template refused an attribute")
	}
}

func ask(site *Site, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	site.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}
