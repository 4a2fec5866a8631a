package imaging

import (
	"bytes"
	"encoding/binary"

	"golang.org/x/image/tiff"

	"pairmill/schemas"
)

// tiffHeader reads the first directory and counts the others. BigTIFF is recognised and refused.
func tiffHeader(data []byte) (Header, error) {
	order, at, ok := tiffStart(data)
	if !ok {
		if len(data) < 8 {
			return Header{}, refuse(schemas.ImageTruncated, "tiff header of %d bytes", len(data))
		}
		return Header{}, refuse(schemas.ImageUnsupported, "bigtiff is not decoded")
	}
	dir, ok := readDir(data, order, at)
	if !ok {
		return Header{}, refuse(schemas.ImageTruncated, "tiff directory at %d lies outside %d bytes", at, len(data))
	}
	return Header{
		Width:       clampSide(dir.values[tagWidth]),
		Height:      clampSide(dir.values[tagHeight]),
		Frames:      countPages(data, order, dir.next),
		Orientation: int(min(dir.values[tagOrientation], 9)),
		grey:        dir.values[tagPhotometric] <= 1,
		perPixel:    8 + 3, // 16-bit RGBA, then RGB
		collected:   true,
	}, tiffLayout(dir)
}

// tiffLayout refuses what x/image/tiff reads without complaint as other colours: samples in separate planes, and bits in
// reversed order outside fax compression.
func tiffLayout(dir tiffDir) error {
	fax := dir.values[tagCompression] == 3 || dir.values[tagCompression] == 4
	switch {
	case dir.values[tagPlanar] == 2 && dir.values[tagSamples] > 1:
		return refuse(schemas.ImageUnsupported, "tiff with separate planes")
	case dir.values[tagFillOrder] == 2 && !fax:
		return refuse(schemas.ImageUnsupported, "tiff with reversed bits")
	}
	return nil
}

// countPages follows the chain of directories. A chain that runs in circles ends at maxPages.
func countPages(data []byte, order binary.ByteOrder, next uint32) int {
	pages := 1
	for next != 0 && pages < maxPages && uint64(next)+2 <= uint64(len(data)) {
		pages++
		end := uint64(next) + 2 + uint64(order.Uint16(data[next:]))*12
		if end+4 > uint64(len(data)) {
			break
		}
		next = order.Uint32(data[end:])
	}
	return pages
}

// clampSide keeps a 32-bit side positive where int has 32 bits; either way it is past every limit.
func clampSide(v uint32) int { return int(min(v, 1<<31-1)) }

func tiffPixels(data []byte, h Header, _ *loan) (*Pixels, error) {
	img, err := tiff.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fromDecoder(err)
	}
	return flattenAs(img, h)
}
