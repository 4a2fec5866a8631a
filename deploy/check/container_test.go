package check

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/types"

	"pairmill/deploy/check/deployed"
)

// network is a bridge that containers of a test are on, each in a network namespace of its own, with the addresses of all in
// its hosts file: what Compose's DNS does. Nothing outside of the machine can be reached from it.
type network struct {
	t         *testing.T
	dir       string
	addresses map[string]string // by name
}

// must runs a command of the system.
func must(t *testing.T, name string, args ...string) {
	t.Helper()
	if text, err := output(t, nil, name, args...); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, text)
	}
}

const bridge = "pairmill0"

func newNetwork(t *testing.T, names ...string) *network {
	t.Helper()
	n := &network{t: t, dir: t.TempDir(), addresses: map[string]string{}}
	must(t, "mount", "--make-rprivate", "/")
	must(t, "mount", "-t", "tmpfs", "tmpfs", "/run") // where ip keeps the names of namespaces
	must(t, "ip", "link", "set", "lo", "up")
	must(t, "ip", "link", "add", "name", bridge, "type", "bridge")
	must(t, "ip", "addr", "add", "10.77.0.1/24", "dev", bridge)
	must(t, "ip", "link", "set", bridge, "up")
	hosts := "127.0.0.1 localhost\n"
	for i, name := range names {
		n.addresses[name] = fmt.Sprintf("10.77.0.%d", i+2)
		hosts += n.addresses[name] + " " + name + "\n"
		outer := fmt.Sprintf("pm%d", i)
		must(t, "ip", "netns", "add", name)
		must(t, "ip", "link", "add", "name", outer, "type", "veth", "peer", "name", "eth0", "netns", name)
		must(t, "ip", "link", "set", outer, "master", bridge, "up")
		must(t, "ip", "-n", name, "addr", "add", n.addresses[name]+"/24", "dev", "eth0")
		must(t, "ip", "-n", name, "link", "set", "eth0", "up")
		must(t, "ip", "-n", name, "link", "set", "lo", "up")
	}
	n.write("hosts", hosts)
	return n
}

func (n *network) write(name, text string) string {
	n.t.Helper()
	path := filepath.Join(n.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		n.t.Fatal(err)
	}
	return path
}

// folder makes a folder that belongs to a user.
func (n *network) folder(name string, user int) string {
	n.t.Helper()
	path := filepath.Join(n.dir, name)
	if err := os.MkdirAll(path, 0o755); err != nil {
		n.t.Fatal(err)
	}
	if err := os.Chown(path, user, user); err != nil {
		n.t.Fatal(err)
	}
	return path
}

// container is a process that runs as one.
type container struct {
	n           *network
	name        string // whose place in the network it has
	user        string
	workdir     string
	volumes     []string
	environment []string
	command     []string

	cmd *exec.Cmd
	log string
}

// of is the container of a service. programs are what its image has in /usr/local, by their paths there.
func (n *network) of(s types.ServiceConfig, programs map[string]string) *container {
	n.t.Helper()
	p, err := deployed.ProcessOf(s, stagesOfDockerfile(n.t))
	if err != nil {
		n.t.Fatal(err)
	}
	c := &container{n: n, name: s.Name, user: p.User, workdir: p.Workdir, command: p.Command}
	for target, source := range programs {
		c.volumes = append(c.volumes, source+" "+target+" ro")
	}
	c.volumes = append(c.volumes, filepath.Join(n.dir, "hosts")+" /etc/hosts ro")
	for _, dir := range s.Tmpfs {
		c.volumes = append(c.volumes, "tmpfs "+dir)
	}
	for _, v := range s.Volumes {
		source, mode := v.Source, "rw"
		if v.ReadOnly {
			mode = "ro"
		}
		if v.Type != types.VolumeTypeBind {
			user := 0
			if p.User != "" {
				fmt.Sscanf(p.User, "%d", &user)
			}
			source = n.folder("volume-"+s.Name+strings.ReplaceAll(v.Target, "/", "-"), user)
		} else if _, err := os.Stat(source); err != nil {
			source = n.folder("volume-"+filepath.Base(source), 0) // Compose makes it
		}
		c.volumes = append(c.volumes, source+" "+v.Target+" "+mode)
	}
	c.environment = append([]string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}, p.Environment...)
	return c
}

// binary is where the container's program lies.
func (c *container) binary() string { return "/usr/local/bin/" + c.command[0] }

// also is a second process in the place of a container, as docker exec makes one.
func (c *container) also(command ...string) *container {
	other := *c
	other.command, other.cmd = command, nil
	return &other
}

var containers int

func (c *container) start() {
	c.n.t.Helper()
	containers++
	id := fmt.Sprintf("%d-%s", containers, c.name)
	c.log = c.n.write("log-"+id, "")
	out, err := os.OpenFile(c.log, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		c.n.t.Fatal(err)
	}
	defer out.Close()
	script, err := filepath.Abs("container.sh")
	if err != nil {
		c.n.t.Fatal(err)
	}
	args := []string{"--net=/run/netns/" + c.name, "unshare", "--mount", script, c.n.folder("root-"+id, 0), c.user, c.workdir,
		c.n.write("volumes-"+id, strings.Join(c.volumes, "\n")+"\n"), c.n.write("environment-"+id, strings.Join(c.environment, "\n")+"\n")}
	c.cmd = exec.Command("nsenter", append(args, c.command...)...)
	c.cmd.Stdout, c.cmd.Stderr = out, out
	if err := c.cmd.Start(); err != nil {
		c.n.t.Fatal(err)
	}
	c.n.t.Cleanup(func() {
		if c.cmd.ProcessState == nil {
			_ = c.cmd.Process.Kill() // it may have ended by itself; what it started ends with the namespace
			_ = c.cmd.Wait()
		}
		if c.n.t.Failed() {
			c.n.t.Logf("%s, %q:\n%s", c.name, c.command, tail(c.text(), 60))
		}
	})
}

// run starts it, waits for its end and returns what it printed.
func (c *container) run(limit time.Duration) (string, error) {
	c.n.t.Helper()
	c.start()
	late := time.AfterFunc(limit, func() { _ = c.cmd.Process.Kill() })
	defer late.Stop()
	err := c.cmd.Wait()
	return c.text(), err
}

// stop asks it to end, as docker stop does, and returns its exit code and how long that took.
func (c *container) stop(signal syscall.Signal, limit time.Duration) (code int, took time.Duration) {
	c.n.t.Helper()
	began := time.Now()
	if err := c.cmd.Process.Signal(signal); err != nil {
		c.n.t.Fatal(err)
	}
	late := time.AfterFunc(limit, func() { _ = c.cmd.Process.Kill() })
	defer late.Stop()
	_ = c.cmd.Wait() // its code says it
	return c.cmd.ProcessState.ExitCode(), time.Since(began)
}

func (c *container) text() string {
	text, err := os.ReadFile(c.log)
	if err != nil {
		c.n.t.Fatal(err)
	}
	return string(text)
}

func tail(text string, lines int) string {
	all := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
