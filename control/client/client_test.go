package client

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pairmill/control/api"
)

func TestWhatCanGoWrong(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer secret" {
			t.Errorf("authorization %q", r.Header.Get("Authorization"))
		}
		switch r.URL.Path {
		case "/behind/v1/runs/refused/pause":
			w.WriteHeader(http.StatusConflict)
			_, _ = w.Write([]byte(`{"error":"it is done"}`))
		case "/behind/v1/runs/foreign":
			w.WriteHeader(http.StatusBadGateway)
			_, _ = w.Write([]byte(`<html>a proxy's page</html>`))
		case "/behind/v1/runs/torn":
			_, _ = w.Write([]byte(`{"run":`))
		case "/behind/v1/runs/a%20b", "/behind/v1/runs/a b":
			_, _ = w.Write([]byte(`{"run":"a b"}`))
		case "/behind/v1/runs/slow":
			<-r.Context().Done()
		}
	}))
	defer server.Close()
	c, err := New(Config{Server: server.URL + "/behind/", Token: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Decide(t.Context(), "refused", "pause", api.Decision{})
	var refused *Refused
	if !errors.As(err, &refused) || refused.Status != 409 || refused.Text != "it is done" {
		t.Errorf("refused: %v", err)
	}
	for run, want := range map[string]string{"foreign": "is no control plane", "torn": "cannot be read"} {
		if _, err := c.Status(t.Context(), run); err == nil || !strings.Contains(err.Error(), want) || errors.As(err, &refused) && refused.Status != 409 {
			t.Errorf("%s: %v", run, err)
		}
	}
	if got, err := c.Status(t.Context(), "a b"); err != nil || got.Run.Run != "a b" {
		t.Errorf("a name that is escaped: %+v, %v", got, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := c.Status(ctx, "slow"); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrUnreachable) {
		t.Errorf("slow: %v", err)
	}
	server.Close()
	if _, err := c.Runs(t.Context()); !errors.Is(err, ErrUnreachable) || strings.Contains(err.Error(), "secret") {
		t.Errorf("gone: %v", err)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for _, server := range []string{"host:7070", "ftp://host", "http://", "http://user:secret@host", ":"} {
		if _, err := New(Config{Server: server}); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", server, err)
		}
	}
	if c, err := New(Config{}); err != nil || c.base != "http://127.0.0.1:7070" {
		t.Errorf("%+v, %v", c, err)
	}
}
