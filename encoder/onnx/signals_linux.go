package onnx

import (
	"syscall"
	"unsafe"
)

// action is the kernel's record of what a signal does, kept as it is.
type action [8]uint64

// lastSignal is the highest signal of Linux.
const lastSignal = 64

// sigaction reads what a signal does, or sets it. The error of signals that cannot be set (SIGKILL, SIGSTOP) is of no use.
func sigaction(sig int, set, old *action) bool {
	_, _, errno := syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(set)), uintptr(unsafe.Pointer(old)), 8, 0, 0)
	return errno == 0
}

// keepSignals remembers what the signals of this process do. CUDA's libraries put handlers of their own in the place of Go's
// when they are loaded, and those run on the goroutine's small stack: the next signal would end the process, also SIGTERM, with
// which a worker is asked to drain. The result puts everything back; what the program itself has begun to listen for in the
// meantime, it no longer hears.
func keepSignals() (restore func()) {
	var before [lastSignal + 1]action
	var known [lastSignal + 1]bool
	for sig := 1; sig <= lastSignal; sig++ {
		known[sig] = sigaction(sig, nil, &before[sig])
	}
	return func() {
		for sig := 1; sig <= lastSignal; sig++ {
			var now action
			if known[sig] && sigaction(sig, nil, &now) && now != before[sig] {
				sigaction(sig, &before[sig], nil)
			}
		}
	}
}
