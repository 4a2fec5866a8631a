package main

import (
	"bufio"
	"fmt"
	"image"
	"os"
	"strings"
)

// npy writes a NumPy array file, format version 1.0 (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
type npy struct {
	f *os.File
	w *bufio.Writer
}

// createNpy starts an array uint8 [n, side, side, 3].
func createNpy(name string, n, side int) (*npy, error) {
	f, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	header := fmt.Sprintf("{'descr': '|u1', 'fortran_order': False, 'shape': (%d, %d, %d, 3), }", n, side, side)
	const magic = 10 // bytes before the header, which ends on a multiple of 64
	header += strings.Repeat(" ", 63-(magic+len(header))%64) + "\n"
	w := bufio.NewWriterSize(f, 1<<20)
	w.WriteString("\x93NUMPY\x01\x00")
	w.WriteByte(byte(len(header)))
	w.WriteByte(byte(len(header) >> 8))
	w.WriteString(header)
	return &npy{f, w}, nil
}

// write appends one picture, row by row, alpha dropped.
func (a *npy) write(img *image.RGBA) error {
	b := img.Bounds()
	line := make([]byte, 0, 3*b.Dx())
	for y := range b.Dy() {
		line = line[:0]
		for x := range b.Dx() {
			p := img.Pix[y*img.Stride+4*x:]
			line = append(line, p[0], p[1], p[2])
		}
		if _, err := a.w.Write(line); err != nil {
			return err
		}
	}
	return nil
}

// Close writes what is buffered. It may be called twice.
func (a *npy) Close() error {
	if a.f == nil {
		return nil
	}
	err := a.w.Flush()
	if e := a.f.Close(); err == nil {
		err = e
	}
	a.f = nil
	return err
}
