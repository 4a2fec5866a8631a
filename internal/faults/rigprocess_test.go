package faults

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is a program that may be started again and again. It dies with the test, and with the test's own process.
type process struct {
	t       *testing.T
	name    string
	program string
	args    []string
	env     []string // beside this process's own
	logs    string   // folder
	attr    func(*syscall.SysProcAttr)

	mu     sync.Mutex // guards what follows
	cmd    *exec.Cmd
	ended  chan struct{}
	asked  bool // it is meant to end
	starts int
	fell   []string // ends that nobody asked for
}

// start starts the program; it must not run.
func (p *process) start() {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.starts == 0 {
		p.t.Cleanup(p.bury)
	}
	out, err := os.Create(p.log(p.starts))
	if err != nil {
		p.t.Fatal(err)
	}
	defer out.Close()
	cmd := exec.Command(p.program, p.args...)
	cmd.Env = append(os.Environ(), p.env...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if p.attr != nil {
		p.attr(cmd.SysProcAttr)
	}
	if err := cmd.Start(); err != nil {
		p.t.Fatalf("start %s: %v", p.name, err)
	}
	ended := make(chan struct{})
	p.cmd, p.ended, p.asked = cmd, ended, false
	p.starts++
	go func() {
		_ = cmd.Wait() // its state says it
		p.mu.Lock()
		defer p.mu.Unlock()
		if !p.asked {
			p.fell = append(p.fell, cmd.ProcessState.String())
		}
		close(ended)
	}()
}

func (p *process) log(n int) string {
	return filepath.Join(p.logs, fmt.Sprintf("%s.%d.log", p.name, n))
}

// now is the process as it was started last, which is meant to end from now on if ask says so.
func (p *process) now(ask bool) (*exec.Cmd, chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = p.asked || ask
	return p.cmd, p.ended
}

// alive tells whether it runs.
func (p *process) alive() bool {
	cmd, ended := p.now(false)
	if cmd == nil {
		return false
	}
	select {
	case <-ended:
		return false
	default:
		return true
	}
}

// pid is the process as it was started last, or its supervisor.
func (p *process) pid() int {
	cmd, _ := p.now(false)
	return cmd.Process.Pid
}

// kill ends the process and what it has started as a power cut would, and tells whether it was this that ended it.
func (p *process) kill() bool {
	if !p.alive() {
		return false
	}
	cmd, ended := p.now(true)
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // it may have ended by itself
	<-ended
	return killed(cmd.ProcessState)
}

// killed tells whether it was a kill that ended a process.
func killed(s *os.ProcessState) bool {
	status, ok := s.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

// stop asks the process to end and returns its exit code; one that takes longer than a minute is killed.
func (p *process) stop() int {
	p.t.Helper()
	cmd, ended := p.now(true)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Fatal(err)
	}
	select {
	case <-ended:
	case <-time.After(time.Minute):
		p.t.Errorf("%s does not stop", p.name)
		p.kill()
	}
	return cmd.ProcessState.ExitCode()
}

// suspend stops the process and what it has started where they stand; resume lets them go on.
func (p *process) suspend() { p.signal(syscall.SIGSTOP) }

func (p *process) resume() { p.signal(syscall.SIGCONT) }

func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := syscall.Kill(-p.pid(), s); err != nil {
		p.t.Fatalf("%v to %s: %v", s, p.name, err)
	}
}

// awaitEnd waits for an end by itself, and tells whether it came in time.
func (p *process) awaitEnd(within time.Duration) bool {
	_, ended := p.now(false)
	select {
	case <-ended:
		return true
	case <-time.After(within):
		return false
	}
}

// text is what the process has said since it was started last.
func (p *process) text() string {
	p.mu.Lock()
	name := p.log(p.starts - 1)
	p.mu.Unlock()
	text, err := os.ReadFile(name)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(text)
}

// falls are the ends that nobody asked for.
func (p *process) falls() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fell
}

// begun is how often it was started.
func (p *process) begun() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.starts
}

// shownLines is how much of a log a test that fails shows.
const shownLines = 40

// bury ends the process with its test.
func (p *process) bury() {
	p.kill()
	if !p.t.Failed() {
		return
	}
	lines := strings.Split(strings.TrimSpace(p.text()), "\n")
	p.t.Logf("%s, start %d, its last lines:\n%s", p.name, p.begun(), strings.Join(lines[max(0, len(lines)-shownLines):], "\n"))
}
