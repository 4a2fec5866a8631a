package webdataset

// Sizes of a ustar archive, in bytes.
const (
	block    = 512
	nameMax  = 100
	sizeMax  = 1<<33 - 1 // eleven octal digits
	trailer  = 2 * block // zeros that end an archive
	mode     = 0o444     // what webdataset's own writer gives
	regular  = '0'
	magic    = "ustar\x00" + "00"
	checksum = 148 // offset of the field, 8 bytes
)

// header is a regular file's ustar header. Our own instead of archive/tar's, which refuses names outside ASCII in
// this format and would put an extension header before each; readers take the name's bytes as UTF-8.
func header(name string, size int64) [block]byte {
	var h [block]byte
	copy(h[0:nameMax], name) // a name that fills the field has no NUL after it
	octal(h[100:108], mode)
	octal(h[108:116], 0) // uid
	octal(h[116:124], 0) // gid
	octal(h[124:136], size)
	octal(h[136:148], 0) // mtime
	h[156] = regular
	copy(h[257:265], magic)
	octal(h[329:337], 0)  // devmajor
	octal(h[337:345], 0)  // devminor
	sum := int64(8 * ' ') // the checksum's own field counts as spaces
	for _, b := range h {
		sum += int64(b)
	}
	octal(h[checksum:checksum+7], sum)
	h[checksum+7] = ' '
	return h
}

// octal fills a field with digits and a NUL.
func octal(field []byte, v int64) {
	for i := len(field) - 2; i >= 0; i-- {
		field[i] = byte('0' + v&7)
		v >>= 3
	}
}

// padding is how many zeros follow size bytes of content.
func padding(size int64) int64 { return -size & (block - 1) }
