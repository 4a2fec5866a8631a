package imaging

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"io"
)

// maxProfile bounds what a compressed profile may become. Those of printers, the largest, have about 3 MB.
const maxProfile = 4 << 20

// tagProfile is the TIFF tag of an embedded profile (ICC.1 annex B.4).
const tagProfile = 34675

// embeddedProfile returns the bytes of an ICC profile, or a note on colour information that is not followed; both are
// empty when there is neither. GIF and BMP can carry profiles too; nobody writes them.
func embeddedProfile(data []byte, h Header) (profile []byte, note string) {
	switch h.Format {
	case JPEG:
		return jpegProfile(data)
	case PNG:
		return pngProfile(data)
	case WebP:
		for id, body := range riffChunks(data[12:]) {
			if id == "ICCP" {
				return body, ""
			}
		}
	case TIFF:
		return tiffProfile(data), ""
	case AVIF:
		return avifProfile(data)
	}
	return nil, ""
}

// jpegProfile joins the APP2 segments (ICC.1 annex B.4): each has a number from 1 and the count of all. A set with gaps
// is no profile.
func jpegProfile(data []byte) (profile []byte, note string) {
	const mark = "ICC_PROFILE\x00"
	var parts [256][]byte
	found, total := 0, 0
	for at := 2; ; {
		marker, body, next, ok := nextSegment(data, at)
		if !ok || marker == 0xd9 || marker == 0xda {
			break
		}
		if marker == 0xe2 && bytes.HasPrefix(body, []byte(mark)) && len(body) > len(mark)+2 {
			n := body[len(mark)]
			if parts[n] == nil {
				found++
			}
			parts[n], total = body[len(mark)+2:], int(body[len(mark)+1])
		}
		at = next
	}
	if found == 0 {
		return nil, ""
	}
	if found != total || parts[0] != nil || parts[total] == nil {
		return nil, "kept: damaged profile"
	}
	return bytes.Join(parts[1:total+1], nil), ""
}

// pngProfile follows the order of the PNG specification (third edition, 4.3): cICP, then iCCP, then sRGB, then gAMA. Of a
// cICP other than sRGB's and a gAMA that is not about 1/2.2 it only takes note: the one is for video, the other is
// ignored by img2dataset, Pillow and OpenCV, and more often wrong than right.
func pngProfile(data []byte) (profile []byte, note string) {
	chunks := map[string][]byte{}
	for at := 8; at+12 <= len(data); {
		n, id := int64(binary.BigEndian.Uint32(data[at:])), string(data[at+4:at+8])
		if n+12 > int64(len(data)-at) || id == "IDAT" {
			break
		}
		switch id {
		case "cICP", "iCCP", "sRGB", "gAMA":
			chunks[id] = data[at+8 : at+8+int(n)]
		}
		at += int(n) + 12
	}
	if c := chunks["cICP"]; len(c) >= 4 {
		return nil, cicpNote(int(c[0]), int(c[1]))
	}
	if c := chunks["iCCP"]; c != nil {
		if profile = inflateProfile(c); profile == nil {
			return nil, "kept: damaged profile"
		}
		return profile, ""
	}
	if g := chunks["gAMA"]; len(g) == 4 && chunks["sRGB"] == nil {
		if v := binary.BigEndian.Uint32(g); v < 43_000 || v > 48_000 {
			return nil, fmt.Sprintf("kept: gamma of %.5f without profile", float64(v)/100_000)
		}
	}
	return nil, ""
}

// inflateProfile unpacks iCCP: name, zero, method 0, zlib stream.
func inflateProfile(body []byte) []byte {
	end := bytes.IndexByte(body, 0)
	if end < 0 || end+2 > len(body) {
		return nil
	}
	z, err := zlib.NewReader(bytes.NewReader(body[end+2:]))
	if err != nil {
		return nil
	}
	profile, err := io.ReadAll(io.LimitReader(z, maxProfile+1))
	if err != nil || len(profile) > maxProfile {
		return nil
	}
	return profile
}

func tiffProfile(data []byte) []byte {
	order, at, ok := tiffStart(data)
	if !ok || uint64(at)+2 > uint64(len(data)) {
		return nil
	}
	entries := data[at+2:]
	for i := range min(int(order.Uint16(data[at:])), maxTags, len(entries)/12) {
		e := entries[i*12:]
		from, n := uint64(order.Uint32(e[8:])), uint64(order.Uint32(e[4:]))
		if order.Uint16(e) == tagProfile && from+n <= uint64(len(data)) {
			return data[from : from+n]
		}
	}
	return nil
}

func avifProfile(data []byte) (profile []byte, note string) {
	f, err := parseAVIF(data)
	switch {
	case err != nil:
		return nil, ""
	case f.profile != nil:
		return f.profile, ""
	case f.cicp != nil:
		return nil, cicpNote(f.cicp[0], f.cicp[1])
	}
	return nil, ""
}

// cicpNote names colours of ITU-T H.273 that are not sRGB's. Those of BT.709 and BT.601 video are so near that nobody
// tells them apart.
func cicpNote(primaries, transfer int) string {
	switch transfer {
	case 1, 2, 6, 13, 14, 15:
		if primaries == 1 || primaries == 2 || primaries == 5 || primaries == 6 {
			return ""
		}
	}
	return fmt.Sprintf("kept: H.273 primaries %d, transfer %d", primaries, transfer)
}
