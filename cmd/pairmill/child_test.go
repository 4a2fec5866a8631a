package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// mainKey makes the test's binary the program itself, for tests that start processes of a cluster.
const mainKey = "PAIRMILL_TEST_MAIN"

// TestMain makes this binary the program where it is started as the program starts itself, to decode pictures in a process
// of its own, and where tests start it to be killed.
func TestMain(m *testing.M) {
	if os.Getenv(supervisedKey) != "" || os.Getenv(mainKey) != "" {
		main()
	}
	os.Exit(m.Run())
}

// killed runs one command line in a process of its own, which is killed after a while. It returns false when the command
// was faster.
func killed(t *testing.T, after time.Duration, args ...string) (yes bool, said string, code int) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	cmd := exec.Command(self, args...)
	cmd.Env = append(os.Environ(), supervisedKey+"=no")
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(after, func() { cmd.Process.Kill() })
	defer timer.Stop()
	err = cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL, out.String(), cmd.ProcessState.ExitCode()
}
