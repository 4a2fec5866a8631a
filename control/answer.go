package control

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"

	"pairmill/control/api"
)

// maxBody is the largest body of a request, in bytes: a spec of specfile.MaxSize, as a JSON string.
const maxBody = 40 << 20

// answer makes a handler of a question without a body.
func answer(log *slog.Logger, ask func(r *http.Request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got, err := ask(r)
		respond(log, w, r, got, err)
	})
}

// answerTo makes a handler of a question with a body, which may be missing where all its fields may. A field that is unknown
// is refused: it would be ignored otherwise, and a misspelt wish with it.
func answerTo[T any](log *slog.Logger, ask func(r *http.Request, body T) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body T
		dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&body); err != nil && !errors.Is(err, io.EOF) {
			fail(w, http.StatusBadRequest, "body: "+err.Error())
			return
		}
		got, err := ask(r, body)
		respond(log, w, r, got, err)
	})
}

func respond(log *slog.Logger, w http.ResponseWriter, r *http.Request, got any, err error) {
	var refused *Refusal
	switch {
	case err == nil:
		write(w, http.StatusOK, got)
	case errors.As(err, &refused):
		fail(w, refused.Status, refused.Text)
	case r.Context().Err() != nil && errors.Is(err, context.Canceled): // the client is gone
	default:
		log.Warn("request failed", "method", r.Method, "path", r.URL.Path, "error", err)
		fail(w, http.StatusServiceUnavailable, err.Error())
	}
}

func fail(w http.ResponseWriter, status int, text string) { write(w, status, api.Error{Error: text}) }

func write(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"error":"the answer cannot be written"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // the client may be gone
}
