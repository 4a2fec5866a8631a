//go:build planted && cgo

package imaging

// #include <stddef.h>
// static void pm_plant(void) { *(volatile int *)NULL = 1; }
import "C"

import "bytes"

// plantedMark makes a build with the tag planted crash in C, as a library does on a file that it cannot bear. The tests of
// what happens then are built so; nothing else is. Decoders ignore bytes past a picture's end, so the mark can stand there.
var plantedMark = []byte("PAIRMILL PLANTED CRASH")

func plant(data []byte) {
	if bytes.Contains(data, plantedMark) {
		C.pm_plant()
	}
}
