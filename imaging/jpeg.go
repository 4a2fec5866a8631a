package imaging

import (
	"bytes"
	"encoding/binary"

	"pairmill/schemas"
)

// maxScans bounds the passes of a progressive JPEG: encoders write about ten, and each pass over a large picture costs
// time that neither its bytes nor its pixels limit.
const maxScans = 100

// jpegHeader walks all markers (ITU-T T.81, annex B) up to the end of the image, so that both builds agree on what is
// truncated: a JPEG whose last scan is not followed by EOI.
func jpegHeader(data []byte) (Header, error) {
	h := Header{Orientation: 1}
	sawExif, scans := false, 0
	for at := 2; ; {
		marker, body, next, ok := nextSegment(data, at)
		switch {
		case !ok && scans == 0 && h.Width > 0:
			return h, refuse(schemas.ImageTruncated, "jpeg ends before its first scan")
		case !ok:
			return h, refuse(schemas.ImageTruncated, "jpeg ends without its end marker")
		case marker == 0xd9:
			return h, h.jpegWhole(scans)
		case marker == 0xda:
			scans++
			next = skipScan(data, next)
		case marker == 0xe1 && !sawExif && bytes.HasPrefix(body, []byte("Exif\x00\x00")):
			h.Orientation, sawExif = exifOrientation(body), true
		case marker == 0xee && bytes.HasPrefix(body, []byte("Adobe")):
			h.adobe = true
		case isFrame(marker) && h.components != 0:
			return h, refuse(schemas.ImageCorrupt, "jpeg with two frame headers")
		case isFrame(marker):
			if err := h.jpegFrame(marker, body); err != nil {
				return h, err
			}
		}
		if scans > maxScans {
			return h, refuse(schemas.ImageCorrupt, "jpeg with more than %d scans", maxScans)
		}
		at = next
	}
}

func (h *Header) jpegWhole(scans int) error {
	if h.components == 0 || scans == 0 {
		return refuse(schemas.ImageCorrupt, "jpeg without a picture")
	}
	if scans > 1 {
		h.coefficients = 4 * h.components
	}
	h.perPixel, h.collected = h.components+3+h.coefficients, jpegInGo
	return nil
}

// isFrame tells SOF markers from DHT, JPG and DAC, which share their range.
func isFrame(m byte) bool { return m >= 0xc0 && m <= 0xcf && m != 0xc4 && m != 0xc8 && m != 0xcc }

func (h *Header) jpegFrame(marker byte, body []byte) error {
	if len(body) < 6 {
		return refuse(schemas.ImageCorrupt, "jpeg frame header of %d bytes", len(body))
	}
	h.Height, h.Width = int(binary.BigEndian.Uint16(body[1:])), int(binary.BigEndian.Uint16(body[3:]))
	h.components = int(body[5])
	h.grey = h.components == 1
	switch {
	case h.Width == 0 || h.Height == 0:
		return refuse(schemas.ImageZeroSize, "jpeg of %d×%d", h.Width, h.Height)
	case marker > 0xc2:
		return refuse(schemas.ImageUnsupported, "jpeg process %#x", marker)
	case body[0] != 8:
		return refuse(schemas.ImageUnsupported, "jpeg of %d bits", body[0])
	case h.components != 1 && h.components != 3 && h.components != 4:
		return refuse(schemas.ImageUnsupported, "jpeg of %d components", h.components)
	}
	return nil
}

// nextSegment finds the marker at or after at. Stray bytes before it are skipped, as libjpeg does.
func nextSegment(data []byte, at int) (marker byte, body []byte, next int, ok bool) {
	for {
		i := bytes.IndexByte(data[min(at, len(data)):], 0xff)
		if i < 0 || at+i+1 >= len(data) {
			return 0, nil, 0, false
		}
		at += i + 1
		for at < len(data) && data[at] == 0xff {
			at++
		}
		if at == len(data) {
			return 0, nil, 0, false
		}
		marker = data[at]
		at++
		switch {
		case marker == 0 || marker == 1 || marker >= 0xd0 && marker <= 0xd8:
			continue // a stuffed byte or a marker without a segment
		case marker == 0xd9:
			return marker, nil, at, true
		}
		if at+2 > len(data) {
			return 0, nil, 0, false
		}
		n := max(2, int(binary.BigEndian.Uint16(data[at:])))
		if at+n > len(data) {
			return 0, nil, 0, false
		}
		return marker, data[at+2 : at+n], at + n, true
	}
}

// skipScan returns the offset of the first marker behind entropy-coded data.
func skipScan(data []byte, at int) int {
	for {
		i := bytes.IndexByte(data[min(at, len(data)):], 0xff)
		if i < 0 || at+i+1 >= len(data) {
			return len(data)
		}
		at += i
		if m := data[at+1]; m != 0 && m != 0xff && (m < 0xd0 || m > 0xd7) {
			return at
		}
		at++
		if data[at] != 0xff {
			at++
		}
	}
}
