package main

import (
	"errors"
	"fmt"
	"net"
	"syscall"
)

// hole is an address where connections neither open nor are refused, as at a host that a firewall drops: a listener that
// never accepts, with a full queue. Linux then drops further SYNs.
type hole struct {
	fd     int
	queued []int
}

func dig(address string, port int) (*hole, error) {
	at := &syscall.SockaddrInet4{Port: port}
	copy(at.Addr[:], net.ParseIP(address).To4())
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("dig %s: %w", address, err)
	}
	h := &hole{fd: fd}
	if err := errors.Join(syscall.Bind(fd, at), syscall.Listen(fd, 0)); err != nil {
		h.fill()
		return nil, fmt.Errorf("dig %s: %w", address, err)
	}
	for range 4 { // more than the queue of one takes; without waiting
		q, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, 0)
		if err != nil {
			h.fill()
			return nil, fmt.Errorf("dig %s: %w", address, err)
		}
		h.queued = append(h.queued, q)
		if err := syscall.Connect(q, at); err != nil && !errors.Is(err, syscall.EINPROGRESS) {
			h.fill()
			return nil, fmt.Errorf("dig %s: %w", address, err)
		}
	}
	return h, nil
}

func (h *hole) fill() {
	for _, q := range append(h.queued, h.fd) {
		syscall.Close(q)
	}
}
