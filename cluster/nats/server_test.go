package nats

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
)

func TestOneServerPerFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := startServer(t, ServerConfig{Dir: dir})
	if second, err := Start(t.Context(), ServerConfig{Dir: dir}); err == nil {
		_ = second.Close()
		t.Fatal("two servers run in one folder")
	} else if !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "in use") {
		t.Fatalf("error %q names neither the folder nor the cause", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	startServer(t, ServerConfig{Dir: dir})
}

func TestTemporaryFolderGoes(t *testing.T) {
	t.Parallel()
	s := startServer(t, ServerConfig{})
	path := s.folder.path
	openQueue(t, s.Conn())
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("temporary folder after Close: %v", err)
	}
}

func TestStartSaysWhyNot(t *testing.T) {
	t.Parallel()
	file := t.TempDir() + "/file"
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	busy := startServer(t, ServerConfig{Listen: "127.0.0.1:0"})
	for _, c := range []struct {
		cfg  ServerConfig
		want string
	}{
		{ServerConfig{Dir: file}, file},
		{ServerConfig{Listen: "0.0.0.0:4222"}, "loopback"},
		{ServerConfig{Listen: "example.org:4222"}, "loopback"},
		{ServerConfig{Listen: "127.0.0.1"}, "listen address"},
		{ServerConfig{Listen: "127.0.0.1:many"}, "port"},
		{ServerConfig{Listen: strings.TrimPrefix(busy.URL(), "nats://"), Ready: 200e6}, "in use"},
	} {
		c.cfg.Log = slog.New(slog.DiscardHandler)
		s, err := Start(t.Context(), c.cfg)
		if err == nil {
			_ = s.Close()
			t.Errorf("%+v: started", c.cfg)
		} else if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error %q, want %q in it", c.cfg, err, c.want)
		}
	}
}

func TestStartEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	for range 3 { // the folder is free again each time
		s, err := Start(ctx, ServerConfig{Dir: dir, Log: slog.New(slog.DiscardHandler)})
		if err == nil { // it was up before the context was looked at
			err = s.Close()
		} else if errors.Is(err, context.Canceled) {
			err = nil
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestOpenSaysWhyNot(t *testing.T) {
	t.Parallel()
	s := startServer(t, ServerConfig{})
	for _, c := range []struct {
		name string
		conn Conn
		cfg  Config
		want string
	}{
		{"nobody there", Connect("nats://127.0.0.1:1"), Config{}, "nats://127.0.0.1:1"},
		{"no credentials", s.Conn(), Config{Credentials: "/nowhere/x.creds"}, "/nowhere/x.creds"},
		{"too few servers", s.Conn(), Config{Replicas: 3}, "replicas"},
	} {
		q, err := Open(t.Context(), c.conn, c.cfg)
		if err == nil {
			_ = q.Close()
			t.Errorf("%s: opened", c.name)
		} else if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %q, want %q in it", c.name, err, c.want)
		}
	}
}

func TestCheckVersion(t *testing.T) {
	t.Parallel()
	for v, ok := range map[string]bool{
		"2.14.0": true, "2.15.2": true, "3.0.0-beta.1": true, "2.12.1": false, "2.13.9": false, "1.4.1": false, "": false, "dev": false,
	} {
		if err := checkVersion(v); (err == nil) != ok {
			t.Errorf("version %q: %v", v, err)
		}
	}
}
