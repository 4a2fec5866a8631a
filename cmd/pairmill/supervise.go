package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
)

// A decoder in C that crashes takes its process with it. Commands that decode what the web sends therefore run in a child
// of this program, which is started again when it crashes: the jobs that it held come back, and from then on pictures are
// decoded in a sandbox, where a crash costs one.

// supervisedKey tells a child what it is, in its environment: "yes" under a supervisor, "again" after a crash, "no" for a
// process that is to be left alone.
const supervisedKey = "PAIRMILL_SUPERVISED"

// restarts is how often a command is started again. With the sandbox on, only what is not a picture can crash it, and that
// will not get better. What has worked for as long as goodRun has got better.
const (
	restarts = 3
	goodRun  = 30 * time.Minute
)

// supervised tells whether a command line is run in a child.
func supervised(args []string) bool {
	if os.Getenv(supervisedKey) != "" || len(args) == 0 {
		return false
	}
	switch args[0] {
	case "run", "download", "retry", "repair", "worker":
		return true
	}
	return false
}

// keepWord keeps children of a supervised process from holding the file open on which it says that it is done.
func keepWord() {
	switch os.Getenv(supervisedKey) {
	case "yes", "again":
		syscall.CloseOnExec(3)
	}
}

// sandboxed tells whether every attempt must decode in a sandbox.
func sandboxed() bool { return os.Getenv(supervisedKey) == "again" }

// supervise runs this program's command line in a child until it ends in order.
func supervise(args []string) int {
	runtime.LockOSThread() // a child's death signal belongs to the thread that started it
	defer runtime.UnlockOSThread()
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	var asked atomic.Bool
	for n, again := 0, false; ; n, again = n+1, true {
		began := time.Now()
		code, crashed, err := runChild(args, again, signals, &asked)
		if time.Since(began) > goodRun {
			n = 0
		}
		switch {
		case err != nil:
			fmt.Fprintln(os.Stderr, "pairmill:", err)
			return exitError
		case crashed == nil:
			return code
		case asked.Load(): // a signal came before the child could listen
			return exitInterrupted
		case n == restarts:
			fmt.Fprintf(os.Stderr, "pairmill: crashed %d times (%v): the same command goes on where this one stopped\n", n+1, crashed)
			return exitError
		}
		fmt.Fprintf(os.Stderr, "pairmill: crashed (%v): going on, with pictures decoded in processes of their own\n", crashed)
	}
}

// runChild runs the command line once. A child that ends without saying so on its third file has crashed.
func runChild(args []string, again bool, signals <-chan os.Signal, asked *atomic.Bool) (code int, crashed, err error) {
	self, err := os.Executable()
	if err != nil {
		return 0, nil, err
	}
	said, says, err := os.Pipe()
	if err != nil {
		return 0, nil, err
	}
	defer said.Close()
	how := "yes"
	if again {
		how = "again"
	}
	cmd := exec.Command(self, args...)
	cmd.Env = append(os.Environ(), supervisedKey+"="+how)
	if os.Getenv("GOTRACEBACK") == "" {
		cmd.Env = append(cmd.Env, "GOTRACEBACK=single") // hundreds of waiting goroutines say nothing of a crash
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = os.Stdin, os.Stdout, os.Stderr, []*os.File{says}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	err = cmd.Start()
	says.Close()
	if err != nil {
		return 0, nil, fmt.Errorf("start %s: %w", self, err)
	}
	done := make(chan struct{})
	go func() {
		for {
			select {
			case s := <-signals:
				asked.Store(true)
				_ = cmd.Process.Signal(s) // it may have ended by itself
			case <-done:
				return
			}
		}
	}()
	word, _ := io.ReadAll(said)
	err = cmd.Wait()
	close(done)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return 0, nil, err
	}
	if len(word) == 0 {
		return 0, errors.Join(err, errIfNil(err)), nil
	}
	return cmd.ProcessState.ExitCode(), nil, nil
}

// errIfNil names the end of a child that says it went well and did not say it was done.
func errIfNil(err error) error {
	if err == nil {
		return errors.New("ended without a word")
	}
	return nil
}

// sayDone tells the supervisor that this process ends in order.
func sayDone() {
	switch os.Getenv(supervisedKey) {
	case "yes", "again":
		f := os.NewFile(3, "supervisor")
		_, _ = f.Write([]byte{1}) // without a supervisor nobody minds
		f.Close()
	}
}
