package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"pairmill/cluster/nats"
	"pairmill/control/client"
	"pairmill/internal/content"
	"pairmill/internal/specfile"
	"pairmill/schemas"
	"pairmill/store/local"
)

// planted are the secrets that the processes of a test cluster know, by environment variable.
var planted = map[string]string{
	"PAIRMILL_TOKEN": "planted-token-7f3a", "AWS_SECRET_ACCESS_KEY": "planted-secret-key-91bc", "AWS_ACCESS_KEY_ID": "planted-key-id-44de",
	"AWS_SESSION_TOKEN": "planted-session-0d2e",
}

const plantedPassword = "planted-password-5e6f" // in the URL of NATS

// process is one process of a test cluster, with its supervisor, if it has one.
type process struct {
	t   *testing.T
	cmd *exec.Cmd
	log string
}

// launch starts this test's binary as the program.
func launch(t *testing.T, dir, name string, env []string, args ...string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, cmd: exec.Command(self, args...), log: filepath.Join(dir, name+".log")}
	out, err := os.Create(p.log)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	p.cmd.Stdout, p.cmd.Stderr = out, out
	p.cmd.Env = append(append(os.Environ(), mainKey+"=1"), env...)
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("%s:\n%s", name, p.text())
		}
	})
	return p
}

// kill kills the process and what it has started, and waits for its end.
func (p *process) kill() {
	if p.cmd.ProcessState == nil {
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) // it may have ended by itself
		_ = p.cmd.Wait()
	}
}

// stop asks the process to stop, and returns its exit code.
func (p *process) stop() int {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	late := time.AfterFunc(30*time.Second, p.kill)
	defer late.Stop()
	_ = p.cmd.Wait() // its code says it
	return p.cmd.ProcessState.ExitCode()
}

func (p *process) text() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(text)
}

var apiRE = regexp.MustCompile(`API on (http://\S+);`)

// api waits for the address at which a control plane serves, and returns a client of it.
func (p *process) api() (*client.Client, string) {
	p.t.Helper()
	for began := time.Now(); time.Since(began) < 30*time.Second; time.Sleep(20 * time.Millisecond) {
		if m := apiRE.FindStringSubmatch(p.text()); m != nil {
			c, err := client.New(client.Config{Server: m[1], Token: planted["PAIRMILL_TOKEN"]})
			if err != nil {
				p.t.Fatal(err)
			}
			return c, m[1]
		}
	}
	p.t.Fatal("no API")
	return nil, ""
}

// TestKilledProcesses runs a list on two control planes and two workers, kills the leader and a worker in the middle of it,
// and holds the result against an undisturbed run. No secret that the processes know is anywhere afterwards.
func TestKilledProcesses(t *testing.T) {
	t.Parallel()
	dir, site := t.TempDir(), servePictures(t)
	site.slow = 50 * time.Millisecond
	text := pictureSpec(site.list(t, 120))
	spec := write(t, "spec.yaml", text)
	parsed, err := specfile.Parse("spec", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	run := specfile.RunName(parsed, []byte(text), "")

	server, err := nats.Start(t.Context(), nats.ServerConfig{Dir: filepath.Join(dir, "nats"), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	data := filepath.Join(dir, "store")
	env := []string{
		"PAIRMILL_NATS=" + strings.Replace(server.URL(), "nats://", "nats://pairmill:"+plantedPassword+"@", 1),
		"PAIRMILL_STORE=" + data, "PAIRMILL_LEASE=3s", "PAIRMILL_MIN_FREE=0",
	}
	for name, secret := range planted {
		env = append(env, name+"="+secret)
	}
	planes := []*process{launch(t, dir, "serve-1", env, "serve", "--listen", "127.0.0.1:0"), launch(t, dir, "serve-2", env, "serve", "--listen", "127.0.0.1:0")}
	clients, urls := make([]*client.Client, 2), make([]string, 2)
	for i, p := range planes {
		clients[i], urls[i] = p.api()
	}
	workers := []*process{launch(t, dir, "worker-1", env, "worker", "--log", "debug"), launch(t, dir, "worker-2", env, "worker", "--log", "debug")}

	token := write(t, "token", planted["PAIRMILL_TOKEN"])
	if out, stderr, code := command(t.Context(), "submit", spec, "--server", urls[0], "--token-file", token); code != exitDone || out != run+"\n" {
		t.Fatalf("submit: exit %d\n%s%s", code, out, stderr)
	}
	leader := midway(t, clients[0], run)
	workers[0].kill()
	survivor := 0
	if planes[0].cmd.Process.Pid == leader {
		survivor = 1
	}
	planes[1-survivor].kill()
	out, stderr, code := command(t.Context(), "status", run, "--watch", "--server", urls[survivor], "--token-file", token)
	if code != exitDone {
		t.Fatalf("status --watch: exit %d\n%s%s", code, out, stderr)
	}
	if code := workers[1].stop(); code != 0 {
		t.Errorf("the worker that drained: exit %d", code)
	}
	if code := planes[survivor].stop(); code != 0 {
		t.Errorf("the control plane that was stopped: exit %d", code)
	}
	site.mu.Lock()
	site.slow = 0
	site.mu.Unlock()
	alone := t.TempDir()
	if _, stderr, code := command(t.Context(), "run", spec, "--store", alone, "--id", run); code != exitDone {
		t.Fatalf("undisturbed: exit %d\n%s", code, stderr)
	}
	if got, want := manifestOf(t, data, run), manifestOf(t, alone, run); got != want {
		t.Errorf("content\n%s\nwant\n%s", got, want)
	}
	if out, stderr, code := command(t.Context(), "verify", data); code != exitDone {
		t.Errorf("verify: exit %d\n%s%s", code, out, stderr)
	}
	noSecretBelow(t, dir)
}

// midway waits until some of a run is done and some is not, and both workers are at it. It returns the leader's process.
func midway(t *testing.T, c *client.Client, run string) (leader int) {
	t.Helper()
	for began := time.Now(); time.Since(began) < time.Minute; time.Sleep(50 * time.Millisecond) {
		got, err := c.Status(t.Context(), run)
		if err != nil || got.State == schemas.RunDone {
			t.Fatalf("status: %+v, %v", got, err)
		}
		if got.Rows.In == 0 || len(got.Workers) < 2 {
			continue
		}
		who, err := c.Members(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range who.Members {
			if m.ID == who.Leader {
				return m.PID
			}
		}
	}
	t.Fatal("the run does not go on")
	return 0
}

func manifestOf(t *testing.T, dir, run string) string {
	t.Helper()
	s, err := local.New(dir)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := content.Manifest(t.Context(), s, run, 0, &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// noSecretBelow reads every file below a folder: the store, what NATS keeps, and what the processes logged.
func noSecretBelow(t *testing.T, dir string) {
	t.Helper()
	secrets := []string{plantedPassword}
	for _, s := range planted {
		secrets = append(secrets, s)
	}
	files, bytesRead := 0, 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files, bytesRead = files+1, bytesRead+len(text)
		for _, s := range secrets {
			if bytes.Contains(text, []byte(s)) {
				t.Errorf("%s holds the secret %s", path, s)
			}
		}
		return nil
	})
	if err != nil || files < 50 || bytesRead < 100_000 {
		t.Errorf("read %d files with %d bytes: %v", files, bytesRead, err)
	}
	fmt.Fprintln(t.Output(), "read", files, "files")
}
