package table

import (
	"encoding/binary"
	"fmt"
	"io"
)

// checkFooter looks at a file's last 8 bytes, the footer's length and "PAR1", before the library takes memory for a
// footer of up to 4 GiB that may not be there.
func checkFooter(r io.ReaderAt, size int64) error {
	const marks = 12 // "PAR1" at both ends and the length
	if size < marks {
		return fmt.Errorf("%d bytes are no Parquet file", size)
	}
	var end [8]byte
	if _, err := r.ReadAt(end[:], size-8); err != nil && err != io.EOF {
		return fmt.Errorf("read the end: %w", err)
	}
	if string(end[4:]) != "PAR1" {
		return fmt.Errorf("ends with %q, want \"PAR1\"", end[4:])
	}
	if n := int64(binary.LittleEndian.Uint32(end[:])); n > size-marks {
		return fmt.Errorf("footer of %d bytes in a file of %d", n, size)
	}
	return nil
}
