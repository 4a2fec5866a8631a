package main

import (
	"fmt"
	"os"
	"os/exec"

	"pairmill/imaging"
	"pairmill/imaging/sandbox"
	"pairmill/workers"
)

// decodeCmd is what the program runs itself as to decode pictures that may crash it.
type decodeCmd struct{}

// Run serves on standard input and output.
func (decodeCmd) Run(e *env) error { return sandbox.Serve(os.Stdin, e.stdout) }

// openSandbox starts this program again to decode in.
func openSandbox(cfg imaging.Config) (workers.Sandbox, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	return sandbox.New(cfg, sandbox.Config{Command: func() *exec.Cmd {
		cmd := exec.Command(self, "decode")
		cmd.Env = append(os.Environ(), supervisedKey+"=no")
		return cmd
	}})
}
