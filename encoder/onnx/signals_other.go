//go:build !linux

package onnx

// keepSignals has nothing to do where there is no CUDA.
func keepSignals() (restore func()) { return func() {} }
