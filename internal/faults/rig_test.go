package faults

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"pairmill/control/api"
	"pairmill/control/client"
	"pairmill/store"
	"pairmill/store/s3/s3test"
)

// rigConfig says what a cluster is made of. The zero value is one NATS server and a folder as the store.
type rigConfig struct {
	Servers     int               // NATS servers: 1, or 3 that keep everything three times; default 1
	Proxies     bool              // each NATS server is reached through a proxy
	Disk        string            // NATS keeps what it has on disks of this size of their own, such as 64m
	S3          bool              // the store is an S3 server instead of a folder
	Users       map[string]string // of the S3 server, besides its root: names and secrets
	Front       bool              // processes reach the S3 server through a front that faults happen at
	Planes      int               // control planes
	Workers     int               // workers of all stages
	Concurrency int               // jobs of each stage side by side in each worker; default 2
	Lease       time.Duration     // default 5 s: long enough that a busy machine renews it
	Env         []string          // of every process of the program
}

// rig is a cluster of processes on loopback. Everything in it ends with the test.
type rig struct {
	t       *testing.T
	cfg     rigConfig
	dir     string // of what stands below, and of logs
	program string

	servers  []*process
	direct   []string // the servers' URLs, past proxies
	monitors []string // where they tell of themselves
	proxies  []*proxy // one for each server, if there are any
	s3       *process // nil: the store is a folder
	front    *s3test.Front
	planes   []*process
	workers  []*process

	store    store.Store // as the test sees it
	location string      // of the store, for the program
	endpoint string      // of the S3 server, without its front
	env      []string    // of every process of the program
}

// binary is the program under test. Without one there is nothing to test.
func binary(t *testing.T) string {
	t.Helper()
	path := os.Getenv("PAIRMILL_BIN")
	if path == "" {
		t.Skip("PAIRMILL_BIN names no program: make test-faults builds it and runs the tests of what fails")
	}
	return path
}

// newRig starts a cluster and waits until its control planes are ready.
func newRig(t *testing.T, cfg rigConfig) *rig {
	t.Helper()
	began := time.Now()
	if cfg.Servers == 0 {
		cfg.Servers = 1
	}
	if cfg.Concurrency == 0 {
		cfg.Concurrency = 2
	}
	if cfg.Lease == 0 {
		cfg.Lease = 5 * time.Second
	}
	r := &rig{t: t, cfg: cfg, program: binary(t), dir: folder(t)}
	r.env = append([]string{
		"PAIRMILL_LEASE=" + cfg.Lease.String(), "PAIRMILL_NATS_REPLICAS=" + strconv.Itoa(cfg.Servers), "PAIRMILL_JOIN_TIMEOUT=180s",
		"PAIRMILL_MIN_FREE=0", "PAIRMILL_TOKEN=", "PAIRMILL_CONCURRENCY=" + strconv.Itoa(cfg.Concurrency), "PAIRMILL_LISTEN=127.0.0.1:0",
		"XDG_CACHE_HOME=" + filepath.Join(r.dir, "cache"), "PAIRMILL_ORT_LIB=" + encoderLibrary(t),
	}, cfg.Env...)
	r.startServers()
	r.openStore()
	for range cfg.Planes {
		p := r.process(fmt.Sprintf("plane-%d", len(r.planes)), nil, "serve")
		p.start()
		r.planes = append(r.planes, p)
	}
	for i := range r.planes {
		r.ready(i)
	}
	for range cfg.Workers {
		r.addWorker(nil)
	}
	t.Logf("a cluster of %d NATS servers, %d control planes and %d workers stands after %v", cfg.Servers, cfg.Planes, cfg.Workers, since(began))
	return r
}

// addWorker starts a further worker, with variables of its own.
func (r *rig) addWorker(env []string, args ...string) *process {
	r.t.Helper()
	p := r.process(fmt.Sprintf("worker-%d", len(r.workers)), env, append([]string{"worker"}, args...)...)
	p.start()
	r.workers = append(r.workers, p)
	return p
}

// process is a process of the program that is not started yet.
func (r *rig) process(name string, env []string, args ...string) *process {
	return &process{t: r.t, name: name, program: r.program, args: args, env: append(r.env[:len(r.env):len(r.env)], env...), logs: r.dir}
}

// folder is where a test's processes keep what they have. PAIRMILL_FAULTS_DIR names one that is kept.
func folder(t *testing.T) string {
	t.Helper()
	keep := os.Getenv("PAIRMILL_FAULTS_DIR")
	if keep == "" {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp(keep, strings.ReplaceAll(t.Name(), "/", "-")+"-")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// encoderLibrary is where libonnxruntime is: processes with another cache folder would not find it.
func encoderLibrary(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("PAIRMILL_ORT_LIB"); path != "" {
		return path
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(filepath.Join(cache, "pairmill", "onnxruntime", "libonnxruntime.so*"))
	if err != nil || len(found) == 0 {
		t.Fatalf("no libonnxruntime: %v (tools/onnxruntime.sh gets it)", err)
	}
	return found[len(found)-1]
}

var apiRE = regexp.MustCompile(`API on (http://\S+);`)

// api is where a control plane serves; empty before it has said so.
func (r *rig) api(plane int) string {
	if m := apiRE.FindStringSubmatch(r.planes[plane].text()); m != nil {
		return m[1]
	}
	return ""
}

// ready waits until a control plane is.
func (r *rig) ready(plane int) {
	r.t.Helper()
	eventually(r.t, 3*time.Minute, r.planes[plane].name+" is ready", func() bool {
		api := r.api(plane)
		return api != "" && answers(api+"/readyz")
	})
}

// answers tells whether an address answers that all is well.
func answers(url string) bool {
	c := http.Client{Timeout: 2 * time.Second}
	resp, err := c.Get(url)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// ask asks the control planes, one after the other, until one answers within a minute and a half.
func (r *rig) ask(what string, question func(context.Context, *client.Client) error) {
	r.t.Helper()
	var err error
	for began := time.Now(); time.Since(began) < 90*time.Second; time.Sleep(100 * time.Millisecond) {
		if err = r.askOnce(question); err == nil {
			return
		}
		var refused *client.Refused
		if errors.As(err, &refused) && refused.Status < 500 {
			break
		}
	}
	r.t.Fatalf("%s: %v", what, err)
}

var errNoPlane = errors.New("no control plane is there")

// askOnce asks each control plane that is there, until one answers.
func (r *rig) askOnce(question func(context.Context, *client.Client) error) error {
	err := errNoPlane
	for i, p := range r.planes {
		if !p.alive() || r.api(i) == "" {
			continue
		}
		c, cerr := client.New(client.Config{Server: r.api(i), Timeout: 10 * time.Second})
		if cerr != nil {
			return cerr
		}
		if err = question(r.t.Context(), c); err == nil {
			return nil
		}
	}
	return err
}

// submit submits a spec as a run of this name.
func (r *rig) submit(spec, run string) {
	r.t.Helper()
	r.submitAs(api.Submission{Spec: spec, Name: run})
}

// submitAs submits a run with whatever else there is to say of it.
func (r *rig) submitAs(s api.Submission) {
	r.t.Helper()
	s.By = "faults"
	r.ask("submit "+s.Name, func(ctx context.Context, c *client.Client) error {
		_, err := c.Submit(ctx, s)
		return err
	})
}

// status is how a run stands; false: nobody says so right now.
func (r *rig) status(run string) (s api.Status, ok bool) {
	err := r.askOnce(func(ctx context.Context, c *client.Client) (err error) {
		s, err = c.Status(ctx, run)
		return err
	})
	return s, err == nil
}

// members are the processes that the cluster knows.
func (r *rig) members() (m api.Members) {
	r.t.Helper()
	r.ask("list the members", func(ctx context.Context, c *client.Client) (err error) {
		m, err = c.Members(ctx)
		return err
	})
	return m
}

// leader is the control plane that leads.
func (r *rig) leader() (plane int) {
	r.t.Helper()
	eventually(r.t, time.Minute, "somebody leads", func() bool {
		all := r.members()
		for _, m := range all.Members {
			for i, p := range r.planes {
				if m.ID == all.Leader && p.alive() && p.pid() == m.PID {
					plane = i
					return true
				}
			}
		}
		return false
	})
	return plane
}

// wait waits until a run stands as wanted, and returns how it does.
func (r *rig) wait(run string, within time.Duration, what string, until func(api.Status) bool) (s api.Status) {
	r.t.Helper()
	eventually(r.t, within, run+" "+what, func() bool {
		now, ok := r.status(run)
		if ok {
			s = now
		}
		return ok && until(now)
	})
	return s
}

// finish waits for a run's end.
func (r *rig) finish(run string, within time.Duration) api.Status {
	r.t.Helper()
	return r.wait(run, within, "ends", func(s api.Status) bool { return s.State.Over() })
}

// eventually waits until something holds.
func eventually(t *testing.T, within time.Duration, what string, holds func() bool) {
	t.Helper()
	for began := time.Now(); time.Since(began) < within; time.Sleep(100 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("after %v it does not hold that %s", within, what)
}

// since is how long something has taken, for people.
func since(began time.Time) time.Duration { return time.Since(began).Round(100 * time.Millisecond) }

// number is a setting of the environment.
func number(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s=%q: want a number of at least 1", name, text)
	}
	return n
}
