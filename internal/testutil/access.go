package testutil

import (
	"net/http"
	"strconv"
)

// logWriter notes what is answered. A visit ends before the last announced byte is written: once that byte is out,
// the client may rightly send its next request, and the two must not count as concurrent.
type logWriter struct {
	http.ResponseWriter
	visit  Visit
	leave  func()
	length int64 // announced; -1 = unknown: then the last chunk leaves after the handler has returned
}

func (w *logWriter) WriteHeader(status int) {
	if w.visit.Status == 0 && status >= 200 {
		w.visit.Status = status
		if n, err := strconv.ParseInt(w.Header().Get("Content-Length"), 10, 64); err == nil {
			w.length = n
		}
		if w.length == 0 {
			w.leave()
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *logWriter) Write(p []byte) (int, error) {
	if w.visit.Status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	w.visit.Bytes += int64(len(p))
	if w.length >= 0 && w.visit.Bytes >= w.length {
		w.leave()
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach Flush and Hijack.
func (w *logWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
