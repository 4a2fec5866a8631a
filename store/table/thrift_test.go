package table

import (
	"errors"
	"slices"
	"testing"
)

func TestCheckThrift(t *testing.T) {
	t.Parallel()
	deep := func(n int) []byte {
		return slices.Concat(slices.Repeat([]byte{0x1c}, n), make([]byte, n+1)) // a struct in a struct in …
	}
	for _, c := range []struct {
		name string
		b    []byte
		good bool
	}{
		{"empty struct", []byte{0}, true},
		{"nothing", nil, false},
		{"no end", []byte{0x11}, false},
		{"booleans, a byte, numbers, a double", []byte{0x11, 0x12, 0x13, 7, 0x14, 2, 0x15, 4, 0x16, 0x80, 1, 0x17, 1, 2, 3, 4, 5, 6, 7, 8, 0}, true},
		{"double cut", []byte{0x17, 1, 2, 3, 0}, false},
		{"long field id", []byte{0x05, 0x90, 0x03, 4, 0}, true},
		{"string", []byte{0x18, 3, 'a', 'b', 'c', 0}, true},
		{"string that claims 2 GiB", []byte{0x18, 0xff, 0xff, 0xff, 0xff, 0x07, 'a', 0}, false},
		{"short list", []byte{0x19, 0x25, 2, 4, 0}, true},
		{"list of booleans", []byte{0x19, 0x31, 1, 0, 1, 0}, true},
		{"list with a long size", []byte{0x19, 0xf5, 2, 2, 4, 0}, true},
		{"list that claims 2³¹ structs", []byte{0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07, 0}, false},
		{"list cut", []byte{0x19, 0x35, 2, 4}, false},
		{"list of structs", []byte{0x19, 0x2c, 0x15, 2, 0, 0, 0}, true},
		{"map", []byte{0x1b, 0, 0}, false},
		{"unknown type", []byte{0x1e, 0, 0}, false},
		{"number without an end", []byte{0x15, 0xff, 0xff}, false},
		{"nested", deep(thriftDepth), true},
		{"nested too deep", deep(thriftDepth + 1), false},
	} {
		if err := checkThrift(c.b); (err == nil) != c.good || err != nil && !errors.Is(err, errThrift) {
			t.Errorf("%s: error %v, good: %t", c.name, err, c.good)
		}
	}
}

func FuzzCheckThrift(f *testing.F) {
	f.Add([]byte{0x19, 0x2c, 0x15, 2, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := checkThrift(b); err == nil && len(b) == 0 {
			t.Error("nothing is no struct")
		}
	})
}
