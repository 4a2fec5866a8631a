package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pairmill/cluster/nats"
)

func TestLogLines(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ format, level, want string }{
		{"text", "info", "level=INFO msg=done took=1.5s error=bad\n"},
		{"text", "warn", ""},
		{"json", "info", `"level":"INFO","msg":"done","took":"1.5s","error":"bad"}` + "\n"},
		{"json", "error", ""},
		{"", "", "level=INFO msg=done took=1.5s error=bad\n"},
	} {
		var out bytes.Buffer
		logger(&env{level: c.level, format: c.format}, &out).Info("done", "took", 1500*time.Millisecond, "error", errors.New("bad"))
		if got := out.String(); !strings.HasSuffix(got, c.want) || (c.want == "") != (got == "") {
			t.Errorf("%s, %s: %q", c.format, c.level, got)
		}
	}
	if _, stderr, code := command(t.Context(), "runs", "--log-format", "xml"); code != exitUsage || !strings.Contains(stderr, "log-format") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

// TestJSONLogs: every line on standard error is an object, what is said at the start and at the end included, and lines about
// jobs carry run, job and the key of the commit record.
func TestJSONLogs(t *testing.T) {
	t.Parallel()
	dir, site := t.TempDir(), servePictures(t)
	server, err := nats.Start(t.Context(), nats.ServerConfig{Dir: filepath.Join(dir, "nats"), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	env := []string{"PAIRMILL_NATS=" + server.URL(), "PAIRMILL_STORE=" + filepath.Join(dir, "store"), "PAIRMILL_MIN_FREE=0", "PAIRMILL_LOG_FORMAT=json"}
	plane := launch(t, dir, "serve", env, "serve", "--listen", "127.0.0.1:0")
	var url string
	for began := time.Now(); url == ""; time.Sleep(20 * time.Millisecond) {
		for _, l := range objects(t, plane.text()) {
			if l["msg"] == "API" {
				url, _ = l["address"].(string)
			}
		}
		if time.Since(began) > 30*time.Second {
			t.Fatal("no API")
		}
	}
	worker := launch(t, dir, "worker", env, "worker")
	out := done(t, "submit", write(t, "spec.yaml", pictureSpec(site.list(t, 10))), "--server", url)
	run := strings.TrimSpace(out)
	done(t, "status", run, "--watch", "--every", "100ms", "--server", url)
	if code := worker.stop(); code != 0 {
		t.Errorf("worker: exit %d", code)
	}
	jobs := 0
	for _, l := range objects(t, worker.text()) {
		if l["msg"] != "job done" {
			continue
		}
		jobs++
		job, _ := l["job"].(string)
		if key, _ := l["key"].(string); l["run"] != run || job == "" || !strings.HasPrefix(key, "runs/"+run+"/commits/") {
			t.Errorf("a job's line: %v", l)
		}
	}
	if jobs == 0 {
		t.Errorf("no job was logged:\n%s", worker.text())
	}
	if code := plane.stop(); code != 0 {
		t.Errorf("control plane: exit %d", code)
	}
	objects(t, plane.text())

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, stderr, code := command(ctx, "worker", "--log-format", "json", "--store", dir, "--nats", "nats://127.0.0.1:1", "--join-timeout", "0s")
	last := objects(t, stderr)
	if code != exitError || len(last) == 0 || last[len(last)-1]["msg"] != "ended" || last[len(last)-1]["error"] == "" {
		t.Errorf("exit %d\n%s", code, stderr)
	}
}

// objects reads log lines. A line that is still being written does not count.
func objects(t *testing.T, text string) (all []map[string]any) {
	t.Helper()
	for line := range strings.Lines(text) {
		if !strings.HasSuffix(line, "\n") {
			break
		}
		var o map[string]any
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Errorf("no object: %s", line)
			continue
		}
		all = append(all, o)
	}
	return all
}
