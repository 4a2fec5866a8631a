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

// isolated runs a test in a process with namespaces of its own.
func isolated(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	if os.Getenv(insideKey) != "" {
		test(t)
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
		"-test.run", "^"+t.Name()+"$", "-test.v", "-test.timeout", "8m")
	if err != nil || !strings.Contains(text, "--- PASS: "+t.Name()) {
		t.Fatalf("%v\n%s", err, text)
	}
	if testing.Verbose() {
		t.Log(text)
	}
}

// TestRunningCompose runs the services of the compose file as processes: the images' entrypoints, the compose file's commands,
// environment, volumes and names of hosts, and deploy/nats/nats.conf, all as they are. The images' files alone are this
// machine's: it is the Debian of the image, and other versions of the same NATS and S3 servers.
func TestRunningCompose(t *testing.T) { isolated(t, runningCompose) }

func runningCompose(t *testing.T) {
	p := project(t)
	runtime := finalStage(t, "cpu")
	n := newNetwork(t, "nats-1", "nats-2", "nats-3", "s3", "control-1", "worker", "site")
	program := map[string]string{"/usr/local/bin/pairmill": binary(t), runtime.Env["PAIRMILL_ORT_LIB"]: tool(t, "ORT_LIB")}
	all := map[string]*container{}
	for _, name := range []string{"nats-1", "nats-2", "nats-3"} {
		all[name] = n.of(p.Services[name], map[string]string{"/usr/local/bin/nats-server": tool(t, "NATS_SERVER")})
		all[name].start()
	}
	all["s3"] = n.of(p.Services["s3"], map[string]string{"/usr/local/bin/versitygw": tool(t, "S3_SERVER")})
	all["s3"].start()
	n.site()
	for _, name := range []string{"nats-1", "nats-2", "nats-3"} {
		check := p.Services[name].HealthCheck.Test
		n.answers(http.StatusOK, strings.Replace(check[len(check)-1], "127.0.0.1", n.addresses[name], 1), "")
	}
	for _, name := range []string{"control-1", "worker"} {
		all[name] = n.of(p.Services[name], program)
		all[name].start()
	}
	token := *p.Services["worker"].Environment["PAIRMILL_TOKEN"]
	for _, name := range []string{"control-1", "worker"} {
		at := "http://" + n.addresses[name] + ":7070"
		n.answers(http.StatusOK, at+"/healthz", "")
		n.answers(http.StatusOK, at+"/readyz", "")
		n.measured(at, token)
		confined(t, all[name], 10001)
	}
	n.folder("volume-specs", 0)
	n.write("volume-specs/my.yaml", n.spec())
	run := n.makesDataset(all["control-1"], "/specs/my.yaml", *p.Services["control-1"].Environment["PAIRMILL_STORE"])
	for _, name := range []string{"worker", "control-1"} {
		limit := 10 * time.Second // Compose's own
		if s := p.Services[name].StopGracePeriod; s != nil {
			limit = time.Duration(*s)
		}
		ends(t, all[name], limit, run)
	}
}

// site is a container that serves the example picture site.
func (n *network) site() {
	n.t.Helper()
	site := &container{n: n, name: "site", workdir: "/", volumes: []string{tool(n.t, "SITE") + " /usr/local/bin/serve ro"}, environment: []string{"HOME=/"},
		command: []string{"/usr/local/bin/serve", "-addr", "0.0.0.0:8095"}}
	site.start()
}

// spec is one that crawls it.
func (n *network) spec() string {
	n.t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "examples", "picturesite.yaml"))
	if err != nil {
		n.t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "http://127.0.0.1:8095/", "http://site:8095/")
}

// measured asks a process for its metrics, with and without the token.
func (n *network) measured(at, token string) {
	n.t.Helper()
	n.answers(http.StatusUnauthorized, at+"/metrics", "")
	if text := n.answers(http.StatusOK, at+"/metrics", token); !strings.Contains(text, "pairmill_nats_connected 1\n") {
		n.t.Errorf("metrics of %s:\n%s", at, text)
	}
}

// makesDataset submits a spec in a control plane's container, as docker exec and kubectl exec do, and waits for the dataset.
func (n *network) makesDataset(control *container, spec, store string) (run string) {
	n.t.Helper()
	text, err := control.also("pairmill", "submit", spec).run(time.Minute)
	if err != nil {
		n.t.Fatalf("submit: %v\n%s", err, text)
	}
	run, _, _ = strings.Cut(text, "\n")
	if text, err = control.also("pairmill", "status", run, "--watch").run(3 * time.Minute); err != nil {
		n.t.Fatalf("status %s: %v\n%s", run, err, text)
	}
	text, err = control.also("pairmill", "verify", store).run(2 * time.Minute)
	if err != nil || !strings.Contains(text, "0 findings") {
		n.t.Errorf("verify: %v\n%s", err, text)
	}
	n.t.Log(tail(text, 1))
	return run
}

// ends stops a process within the time that it has, and reads its log.
func ends(t *testing.T, c *container, limit time.Duration, run string) {
	t.Helper()
	if code, took := c.stop(syscall.SIGTERM, limit); code != 0 || took >= limit {
		t.Errorf("%s ended with %d after %s", c.name, code, took)
	}
	lines, jobs := 0, 0
	for line := range strings.Lines(c.text()) {
		var l struct{ Msg, Run, Job, Key string }
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Errorf("%s logs what is no object: %s", c.name, line)
			continue
		}
		lines++
		if l.Msg == "job done" && l.Run == run && l.Job != "" && l.Key != "" {
			jobs++
		}
	}
	if lines == 0 || strings.Contains(c.name, "worker") && jobs == 0 {
		t.Errorf("%s logged %d lines, %d about jobs", c.name, lines, jobs)
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
func confined(t *testing.T, c *container, user int) {
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
		for _, want := range []string{fmt.Sprintf(`Uid:(\s%d){4}`, user), fmt.Sprintf(`Gid:(\s%d){4}`, user), `CapEff:\s0+\n`, `CapBnd:\s0+\n`, `NoNewPrivs:\s1`} {
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
		for _, dir := range []string{"/", "/usr", "/usr/local", "/etc", c.binary()} {
			if writable[dir] {
				t.Errorf("process %s of %s can write to %s", pids[i], c.name, dir)
			}
		}
		for _, v := range c.volumes {
			if f := strings.Fields(v); (f[0] == "tmpfs" || f[2] == "rw") && !writable[f[1]] {
				t.Errorf("%s cannot write to %s:\n%s", c.name, f[1], mounts)
			}
		}
	}
	if strings.Contains(c.name, "worker") && len(pids) < 2 {
		t.Error("the worker has no supervisor")
	}
}
