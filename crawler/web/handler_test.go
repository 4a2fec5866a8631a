package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"

	"pairmill/fetch"
	"pairmill/schemas"
)

// served is a Fetcher over a handler, without a network: for tests of what is made of answers, not of how they come.
type served struct{ http.Handler }

func (s served) Get(ctx context.Context, r fetch.Request) (fetch.Response, error) {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, r.URL, nil))
	out := fetch.Response{URL: r.URL, FinalURL: r.URL, Status: w.Code, Header: w.Header(), Requests: 1}
	switch location := w.Header().Get("Location"); {
	case location != "":
		out.Location, _ = fetch.Resolve(r.URL, location)
	case w.Code == http.StatusNotFound:
		out.Reason = schemas.HTTPGone
	case !strings.Contains(w.Header().Get("Content-Type"), "html"):
		out.Reason = schemas.ContentUnwanted
	case w.Body.Len() == 0:
		out.Reason = schemas.BodyEmpty
	default:
		out.Body = w.Body.Bytes()
	}
	return out, nil
}

func (served) ParseDirectives(content, source string) string {
	return fetch.ParseDirectives(content, source)
}

// page serves one page at every path.
func page(body string, header ...string) served {
	return served{http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		for i := 0; i < len(header); i += 2 {
			if header[i] == "Content-Type" {
				w.Header().Del("Content-Type")
			}
			w.Header().Add(header[i], header[i+1])
		}
		w.Write([]byte(body))
	})}
}
