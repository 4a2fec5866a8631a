package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pairmill/examples/picturesite"
)

func TestServeUntilStopped(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	list := filepath.Join(t.TempDir(), "list.csv")
	out, in := io.Pipe()
	done := make(chan error, 1)
	go func() {
		done <- serve(ctx, in, "127.0.0.1:0", list, picturesite.New(1), 0)
		in.Close()
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(strings.Trim(line, "htp:/\n"))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(list); err != nil || !strings.Contains(string(text), "picturesite.test:"+port+"/pictures/") {
		t.Errorf("the list names no picture at port %s (%v):\n%.300s", port, err, text)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get(strings.TrimSpace(line) + "robots.txt")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil || !strings.Contains(string(body), "Disallow: /private/") {
		t.Errorf("robots.txt: %q, %v", body, err)
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("stopped with %v", err)
	}
}

func TestServeRefusesABadAddress(t *testing.T) {
	t.Parallel()
	if err := serve(t.Context(), io.Discard, "127.0.0.1:99999", "", picturesite.New(1), 0); err == nil || !strings.Contains(err.Error(), "listen") {
		t.Errorf("got %v", err)
	}
}
