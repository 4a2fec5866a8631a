package check

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// insideKey says that this process has the namespaces that it wants.
const insideKey = "PAIRMILL_CHECK_INSIDE"

// TestRunning runs the services of the compose file as processes: the images' entrypoints, the compose file's commands,
// environment, volumes and names of hosts, and deploy/nats/nats.conf, all as they are. The images' files alone are this
// machine's: it is the Debian of the image, and other versions of the same NATS and S3 servers.
func TestRunning(t *testing.T) {
	if os.Getenv(insideKey) != "" {
		running(t)
		return
	}
	if text, err := output(t, nil, "unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "sh", "-c",
		"ip link add name v0 type veth peer name v1 && ip link add name b0 type bridge && command -v setpriv nsenter chroot"); err != nil {
		t.Skipf("this takes root, util-linux, iproute2, and a kernel with bridges and veth: %v\n%s", err, text)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// With its first process everything that it has started ends.
	text, err := output(t, []string{insideKey + "=1"}, "unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", self,
		"-test.run", "^TestRunning$", "-test.v", "-test.timeout", "8m")
	if err != nil || !strings.Contains(text, "--- PASS: TestRunning") {
		t.Fatalf("%v\n%s", err, text)
	}
	if testing.Verbose() {
		t.Log(text)
	}
}

func running(t *testing.T) {
	p := project(t)
	runtime := finalStage(t, "cpu")
	n := newNetwork(t, "nats-1", "nats-2", "nats-3", "s3", "control-1", "worker", "site")
	program := map[string]string{"/usr/local/bin/pairmill": binary(t), runtime.env["PAIRMILL_ORT_LIB"]: tool(t, "ORT_LIB")}
	all := map[string]*container{}
	for _, name := range []string{"nats-1", "nats-2", "nats-3"} {
		all[name] = n.of(p.Services[name], image{entrypoint: []string{"nats-server"}}, map[string]string{"/usr/local/bin/nats-server": tool(t, "NATS_SERVER")})
		all[name].start()
	}
	all["s3"] = n.of(p.Services["s3"], image{}, map[string]string{"/usr/local/bin/versitygw": tool(t, "S3_SERVER")})
	all["s3"].start()
	site := &container{n: n, name: "site", workdir: "/", volumes: []string{tool(t, "SITE") + " /usr/local/bin/serve ro"}, environment: []string{"HOME=/"},
		command: []string{"/usr/local/bin/serve", "-addr", "0.0.0.0:8095"}}
	site.start()
	for _, name := range []string{"nats-1", "nats-2", "nats-3"} {
		check := p.Services[name].HealthCheck.Test
		n.answers(http.StatusOK, strings.Replace(check[len(check)-1], "127.0.0.1", n.addresses[name], 1), "")
	}
	for _, name := range []string{"control-1", "worker"} {
		all[name] = n.of(p.Services[name], runtime, program)
		all[name].start()
	}
	token := *p.Services["worker"].Environment["PAIRMILL_TOKEN"]
	for _, name := range []string{"control-1", "worker"} {
		at := "http://" + n.addresses[name] + ":7070"
		n.answers(http.StatusOK, at+"/healthz", "")
		n.answers(http.StatusOK, at+"/readyz", "")
		n.answers(http.StatusUnauthorized, at+"/metrics", "")
		if text := n.answers(http.StatusOK, at+"/metrics", token); !strings.Contains(text, "pairmill_nats_connected 1\n") {
			t.Errorf("metrics of %s:\n%s", name, text)
		}
		confined(t, all[name])
	}

	spec, err := os.ReadFile(filepath.Join(root, "examples", "picturesite.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	n.folder("volume-specs", 0)
	n.write("volume-specs/my.yaml", strings.ReplaceAll(string(spec), "http://127.0.0.1:8095/", "http://site:8095/"))
	text, err := all["control-1"].also("pairmill", "submit", "/specs/my.yaml", "--log-format=text").run(time.Minute)
	if err != nil {
		t.Fatalf("submit: %v\n%s", err, text)
	}
	run, _, _ := strings.Cut(text, "\n")
	if text, err = all["control-1"].also("pairmill", "status", run, "--watch").run(5 * time.Minute); err != nil {
		t.Fatalf("status %s: %v\n%s", run, err, text)
	}
	text, err = all["control-1"].also("pairmill", "verify", *p.Services["control-1"].Environment["PAIRMILL_STORE"]).run(2 * time.Minute)
	if err != nil || !strings.Contains(text, "0 findings") {
		t.Errorf("verify: %v\n%s", err, text)
	}
	t.Log(tail(text, 1))

	for _, name := range []string{"worker", "control-1"} {
		limit := 10 * time.Second // Compose's own
		if s := p.Services[name].StopGracePeriod; s != nil {
			limit = time.Duration(*s)
		}
		if code, took := all[name].stop(syscall.SIGTERM, limit); code != 0 || took >= limit {
			t.Errorf("%s ended with %d after %s", name, code, took)
		}
		lines, jobs := 0, 0
		for line := range strings.Lines(all[name].text()) {
			var l struct{ Msg, Run, Job, Key string }
			if err := json.Unmarshal([]byte(line), &l); err != nil {
				t.Errorf("%s logs what is no object: %s", name, line)
				continue
			}
			lines++
			if l.Msg == "job done" && l.Run == run && l.Job != "" && l.Key != "" {
				jobs++
			}
		}
		if lines == 0 || name == "worker" && jobs == 0 {
			t.Errorf("%s logged %d lines, %d about jobs", name, lines, jobs)
		}
	}
}

// answers asks until the answer has a status, and returns it.
func (n *network) answers(status int, url, token string) string {
	n.t.Helper()
	client := &http.Client{Timeout: 10 * time.Second}
	last := ""
	for began := time.Now(); time.Since(began) < 2*time.Minute; time.Sleep(200 * time.Millisecond) {
		r, err := http.NewRequestWithContext(n.t.Context(), http.MethodGet, url, nil)
		if err != nil {
			n.t.Fatal(err)
		}
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		answer, err := client.Do(r)
		if err != nil {
			last = err.Error()
			continue
		}
		text, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err == nil && answer.StatusCode == status {
			return string(text)
		}
		last = fmt.Sprint(answer.Status, " ", string(text), err)
	}
	n.t.Fatalf("%s: %s", url, last)
	return ""
}

// confined looks at a container's process and what it has started: its user, its rights, and that its root is not to be
// written to.
func confined(t *testing.T, c *container) {
	t.Helper()
	pids := []string{fmt.Sprint(c.cmd.Process.Pid)}
	for i := 0; i < len(pids); i++ {
		if text, err := exec.Command("pgrep", "-P", pids[i]).Output(); err == nil {
			pids = append(pids, strings.Fields(string(text))...)
		}
		status, err := os.ReadFile("/proc/" + pids[i] + "/status")
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{`Uid:\s10001\s10001\s10001\s10001`, `Gid:\s10001\s10001`, `CapEff:\s0+\n`, `CapBnd:\s0+\n`, `NoNewPrivs:\s1`} {
			if !regexp.MustCompile(want).Match(status) {
				t.Errorf("process %s of %s: no %s in\n%s", pids[i], c.name, want, status)
			}
		}
		mounts, err := os.ReadFile("/proc/" + pids[i] + "/mounts")
		if err != nil {
			t.Fatal(err)
		}
		writable := map[string]bool{}
		for line := range strings.Lines(string(mounts)) {
			if f := strings.Fields(line); strings.HasPrefix(f[3], "rw") {
				writable[f[1]] = true
			}
		}
		for _, dir := range []string{"/", "/usr", "/usr/local", "/etc", "/usr/local/bin/pairmill"} {
			if writable[dir] {
				t.Errorf("process %s of %s can write to %s", pids[i], c.name, dir)
			}
		}
		if !writable["/tmp"] || !writable["/var/lib/pairmill"] {
			t.Errorf("%s cannot write to its volumes:\n%s", c.name, mounts)
		}
	}
	if c.name == "worker" && len(pids) < 2 {
		t.Error("the worker has no supervisor")
	}
}
