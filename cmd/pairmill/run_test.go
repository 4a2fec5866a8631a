package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pairmill/cluster/nats"
	"pairmill/encoder/onnx"
	"pairmill/examples/picturesite"
	"pairmill/schemas"
)

// pictureSite serves a small picture site and writes a spec that crawls it.
func pictureSite(t *testing.T, wrap func(http.Handler) http.Handler) (site *picturesite.Site, spec string) {
	t.Helper()
	if _, err := onnx.LibraryPath(""); err != nil && os.Getenv("PAIRMILL_REQUIRE_ORT") == "" {
		t.Skip("the built-in encoder needs libonnxruntime: ", err)
	}
	site = picturesite.New(40)
	h := http.Handler(site)
	if wrap != nil {
		h = wrap(h)
	}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	example, err := os.ReadFile("../../examples/picturesite.yaml")
	if err != nil {
		t.Fatal(err)
	}
	spec = filepath.Join(t.TempDir(), "spec.yaml")
	text := strings.ReplaceAll(string(example), "http://"+picturesite.Address, server.URL)
	if err := os.WriteFile(spec, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return site, spec
}

// command runs one command line and returns what it printed and its exit code.
func command(ctx context.Context, args ...string) (stdout, stderr string, code int) {
	var out, errs bytes.Buffer
	code = execute(ctx, args, &out, &errs)
	return out.String(), errs.String(), code
}

// done runs a command line that must succeed, and returns what it printed.
func done(t *testing.T, args ...string) (stdout string) {
	t.Helper()
	stdout, stderr, code := command(t.Context(), args...)
	if code != exitDone {
		t.Fatalf("%s: exit %d\n%s%s", strings.Join(args, " "), code, stdout, stderr)
	}
	return stdout
}

func TestRunMakesTheDatasetThatTheSiteHolds(t *testing.T) {
	t.Parallel()
	site, spec := pictureSite(t, nil)
	dir := t.TempDir()
	stdout, stderr, code := command(t.Context(), "run", spec, "--store", dir, "--json")
	if code != exitDone {
		t.Fatalf("exit %d\n%s", code, stderr)
	}
	var sum schemas.Summary
	if err := json.Unmarshal([]byte(stdout), &sum); err != nil || strings.Count(stdout, "\n") != 1 {
		t.Fatalf("standard output is not one JSON object: %v\n%s", err, stdout)
	}
	inv := site.Inventory()
	if sum.Pages != int64(inv.Pages) || sum.Candidates != int64(inv.Candidates()) || sum.DistinctImages != int64(inv.Kept()) {
		t.Errorf("%d pages, %d candidates, %d images; the site has %d, %d, %d",
			sum.Pages, sum.Candidates, sum.DistinctImages, inv.Pages, inv.Candidates(), inv.Kept())
	}
	wrong := int64(inv.Kinds[picturesite.Mismatch])
	if low := sum.Dropped[schemas.LowSimilarity]; low < wrong*8/10 || low > wrong+wrong/5 {
		t.Errorf("%d dropped for low similarity; %d captions are wrong", low, wrong)
	}
	dropped := maps.Clone(sum.Dropped)
	delete(dropped, schemas.LowSimilarity)
	for reason, n := range inv.Dropped() {
		if dropped[reason] != int64(n) {
			t.Errorf("%s: %d dropped, the site has %d", reason, dropped[reason], n)
		}
		delete(dropped, reason)
	}
	if len(dropped) > 0 || sum.Balance() != 0 || sum.Embedded != sum.DistinctImages {
		t.Errorf("also dropped %v; ledger off by %d; %d embedded of %d", dropped, sum.Balance(), sum.Embedded, sum.DistinctImages)
	}
	again, _, code := command(t.Context(), "run", spec, "--store", dir, "--json")
	var second schemas.Summary
	if err := json.Unmarshal([]byte(again), &second); err != nil || code != exitDone || second.Rows != sum.Rows || second.Dataset != sum.Dataset {
		t.Errorf("the same command again: exit %d, %v, %s", code, err, again)
	}
	if out, _, code := command(t.Context(), "verify", dir); code != exitDone {
		t.Errorf("verify: exit %d\n%s", code, out)
	}
}

// TestRunOnANATSServer: the queue may be elsewhere, and at the end nothing of the run is left in it.
func TestRunOnANATSServer(t *testing.T) {
	t.Parallel()
	_, spec := pictureSite(t, nil)
	dir := t.TempDir()
	server, err := nats.Start(t.Context(), nats.ServerConfig{Dir: dir, Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Close() }()
	if _, stderr, code := command(t.Context(), "run", spec, "--store", t.TempDir(), "--nats", server.URL()); code != exitDone {
		t.Fatalf("exit %d\n%s", code, stderr)
	}
	streams, err := filepath.Glob(filepath.Join(dir, "jetstream", "*", "streams", "PAIRMILL_*"))
	if err != nil || len(streams) < len(schemas.Stages()) {
		t.Fatalf("streams %v, %v", streams, err)
	}
	if consumers, err := filepath.Glob(filepath.Join(dir, "jetstream", "*", "streams", "PAIRMILL_*", "obs", "*")); len(consumers) != 0 || err != nil {
		t.Errorf("the ended run has left consumers %v, %v", consumers, err)
	}
}

func TestInterruptedRunGoesOn(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancelCause(t.Context())
	defer interrupt(nil)
	seen := make(chan struct{}, 1000)
	_, spec := pictureSite(t, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/pictures/") {
				select {
				case seen <- struct{}{}:
				default:
				}
			}
			h.ServeHTTP(w, r)
		})
	})
	dir := t.TempDir()
	go func() {
		<-seen
		interrupt(errors.New("interrupt"))
	}()
	_, stderr, code := command(ctx, "run", spec, "--store", dir)
	if code != exitInterrupted || !strings.Contains(stderr, "goes on") {
		t.Fatalf("exit %d, want %d\n%s", code, exitInterrupted, stderr)
	}
	if _, stderr, code = command(t.Context(), "run", spec, "--store", dir); code != exitDone {
		t.Fatalf("again: exit %d\n%s", code, stderr)
	}
	if out, _, code := command(t.Context(), "verify", dir); code != exitDone {
		t.Errorf("verify: exit %d\n%s", code, out)
	}
}

func TestRunInAFolderInUse(t *testing.T) {
	t.Parallel()
	hold := make(chan struct{})
	_, spec := pictureSite(t, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-hold:
			case <-r.Context().Done():
			}
			h.ServeHTTP(w, r)
		})
	})
	dir := t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	go func() { _, _, code := command(ctx, "run", spec, "--store", dir); ended <- code }()
	deadline := time.After(30 * time.Second)
	for {
		if runs, err := os.ReadDir(filepath.Join(dir, "runs")); err == nil && len(runs) > 0 {
			break
		}
		select {
		case <-deadline:
			t.Fatal("the first run did not begin")
		case <-time.After(10 * time.Millisecond):
		}
	}
	_, stderr, code := command(t.Context(), "run", spec, "--store", dir)
	if code != exitError || !strings.Contains(stderr, dir) {
		t.Errorf("second run: exit %d\n%s", code, stderr)
	}
	close(hold)
	stop()
	if code := <-ended; code != exitInterrupted {
		t.Errorf("first run: exit %d", code)
	}
}

func TestUsageErrors(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad.yaml")
	if err := os.WriteFile(bad, []byte("version: 1\nname: x\nsource: {web: {seeds: [\"http://a.example/\"]}}\nfetch: {timout: 3s}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"unknown key":     {[]string{"run", bad, "--store", dir}, "bad.yaml:4"},
		"no such file":    {[]string{"run", filepath.Join(dir, "none.yaml")}, "none.yaml"},
		"unknown command": {[]string{"fly"}, "fly"},
		"unknown flag":    {[]string{"run", bad, "--fast"}, "--fast"},
		"bad run name":    {[]string{"run", "../../examples/picturesite.yaml", "--store", dir, "--id", "A b"}, "--id"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, stderr, code := command(t.Context(), c.args...)
			if code != exitUsage || !strings.Contains(stderr, c.want) {
				t.Errorf("exit %d, want %d and a message with %q\n%s", code, exitUsage, c.want, stderr)
			}
		})
	}
}

func TestSpecInitRoundTrip(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "my.yaml")
	if _, stderr, code := command(t.Context(), "spec", "init", path); code != exitDone {
		t.Fatalf("exit %d\n%s", code, stderr)
	}
	if _, stderr, code := command(t.Context(), "spec", "check", path); code != exitDone {
		t.Errorf("the example does not pass: exit %d\n%s", code, stderr)
	}
	if _, _, code := command(t.Context(), "spec", "init", path); code != exitUsage {
		t.Errorf("an existing file was overwritten: exit %d", code)
	}
	out, _, code := command(t.Context(), "spec", "schema")
	if !json.Valid([]byte(out)) || code != exitDone {
		t.Errorf("schema: exit %d, %.100s", code, out)
	}
}
