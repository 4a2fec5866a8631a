package onnx

import (
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"
)

// TestSignalsComeBack: a library that replaces a handler, as CUDA's do, does not keep it.
func TestSignalsComeBack(t *testing.T) {
	heard := make(chan os.Signal, 1)
	signal.Notify(heard, syscall.SIGUSR2)
	defer signal.Stop(heard)
	var before, now action
	if !sigaction(int(syscall.SIGUSR2), nil, &before) {
		t.Fatal("no action")
	}
	restore := keepSignals()
	ignore := action{1} // SIG_IGN
	if !sigaction(int(syscall.SIGUSR2), &ignore, nil) {
		t.Fatal("the handler could not be replaced")
	}
	raise := func() bool {
		if err := syscall.Kill(os.Getpid(), syscall.SIGUSR2); err != nil {
			t.Fatal(err)
		}
		select {
		case <-heard:
			return true
		case <-time.After(300 * time.Millisecond):
			return false
		}
	}
	if raise() {
		t.Fatal("heard although it is ignored: this test shows nothing")
	}
	restore()
	if sigaction(int(syscall.SIGUSR2), nil, &now); now != before {
		t.Errorf("the action is %v, was %v", now, before)
	}
	if !raise() {
		t.Error("the signal is not heard any more")
	}
}
