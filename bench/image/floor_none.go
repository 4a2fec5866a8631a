//go:build !turbojpeg || !cgo

package main

import "errors"

// floor needs libjpeg-turbo.
type floor struct{}

func newFloor() (*floor, error) {
	return nil, errors.New("this build has no libjpeg-turbo: install libturbojpeg0-dev and use `make bench-image`")
}

func (*floor) run([]byte, []byte, int, int) error { return nil }
