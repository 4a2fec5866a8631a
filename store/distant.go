package store

import "io"

// Distant is what an Object may also be: one whose every ReadAt is a request over a network.
type Distant interface {
	// Stride is how many bytes arrive in about the time that a request takes by itself: who reads on asks for so much at
	// once, and rather for a gap of less than that than twice.
	Stride() int64
}

// Stride is the stride of what may be distant, and 0 for what is not.
func Stride(r io.ReaderAt) int64 {
	if d, ok := r.(Distant); ok {
		return d.Stride()
	}
	return 0
}
