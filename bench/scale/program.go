package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"pairmill/bench/process"
)

// program is a process in a group of its own, with what it starts.
type program struct {
	cmd *exec.Cmd
	log string
}

// start starts a program whose output goes to a file of its name.
func start(dir, name string, env []string, args ...string) (*program, error) {
	p := &program{cmd: exec.Command(args[0], args[1:]...), log: filepath.Join(dir, name+".log")}
	out, err := os.Create(p.log)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.Env = out, out, append(os.Environ(), env...)
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return p, nil
}

// end kills the group and waits.
func (p *program) end() {
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) // it may have ended by itself
	_ = p.cmd.Wait()
}

func (p *program) cpu() time.Duration { return process.Group(p.cmd.Process.Pid).CPU }

// failure is what a program said last.
func (p *program) failure(what string) error {
	text, _ := os.ReadFile(p.log)
	return fmt.Errorf("%s: its log ends: %s", what, text[max(0, len(text)-1000):])
}

// freeAddresses are loopback addresses that nobody listens on, at this moment.
func freeAddresses(n int) ([]string, error) {
	var list []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close() // when all are chosen
		list = append(list, l.Addr().String())
	}
	return list, nil
}
