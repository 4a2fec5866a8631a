package imaging

import (
	"bytes"

	"pairmill/schemas"
)

// Format names what a file is by its magic bytes.
type Format string

// Decoded formats, then those that are recognised in order to be refused by name.
const (
	JPEG Format = "jpeg"
	PNG  Format = "png"
	GIF  Format = "gif"
	WebP Format = "webp"
	BMP  Format = "bmp"
	TIFF Format = "tiff"
	AVIF Format = "avif"

	SVG  Format = "svg"
	HEIC Format = "heic"
	ICO  Format = "ico"
	JXL  Format = "jxl"
	PDF  Format = "pdf"
	HTML Format = "html"

	Unknown Format = ""
)

// Ext returns the file name extension without its dot, in the spelling of img2dataset's shards ("jpg").
func (f Format) Ext() string {
	if f == JPEG {
		return "jpg"
	}
	return string(f)
}

// sniffLen bounds how far Sniff looks into a text for its first tag.
const sniffLen = 1024

// magics are fixed bytes at the start of a file.
func magics() []struct {
	magic  string
	format Format
} {
	return []struct {
		magic  string
		format Format
	}{
		{"\xff\xd8\xff", JPEG},
		{"\x89PNG\r\n\x1a\n", PNG},
		{"GIF87a", GIF},
		{"GIF89a", GIF},
		{"II*\x00", TIFF},
		{"MM\x00*", TIFF},
		{"II+\x00", TIFF},
		{"MM\x00+", TIFF},
		{"\x00\x00\x01\x00", ICO},
		{"\x00\x00\x02\x00", ICO},
		{"\xff\x0a", JXL},
		{"\x00\x00\x00\x0cJXL \r\n\x87\n", JXL},
		{"%PDF-", PDF},
	}
}

// Sniff tells the format of a file from its first bytes.
func Sniff(data []byte) Format {
	for _, m := range magics() {
		if bytes.HasPrefix(data, []byte(m.magic)) {
			return m.format
		}
	}
	switch {
	case len(data) >= 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP":
		return WebP
	case len(data) >= 18 && string(data[:2]) == "BM" && bmpInfoSize(data[14]) && data[15]|data[16]|data[17] == 0:
		return BMP
	case len(data) >= 12 && string(data[4:8]) == "ftyp":
		return sniffBrand(data)
	}
	return sniffText(data[:min(len(data), sniffLen)])
}

// bmpInfoSize lists the sizes of the known DIB headers; "BM" alone also starts ordinary text.
func bmpInfoSize(n byte) bool {
	switch n {
	case 12, 16, 40, 52, 56, 64, 108, 124:
		return true
	}
	return false
}

// sniffBrand reads the brands of an ISO base media file (ISO/IEC 14496-12, ftyp box).
func sniffBrand(data []byte) Format {
	end := min(len(data), max(16, int(data[2])<<8|int(data[3])))
	found := Unknown
	for at := 8; at+4 <= end; at += 4 {
		switch string(data[at : at+4]) {
		case "avif", "avis":
			return AVIF
		case "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1":
			found = HEIC
		}
	}
	return found
}

func sniffText(head []byte) Format {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n\f")
	if !bytes.HasPrefix(head, []byte("<")) {
		return Unknown
	}
	head = bytes.ToLower(head)
	svg := bytes.Index(head, []byte("<svg"))
	for _, tag := range []string{"<!doctype html", "<html", "<head", "<body", "<script", "<title", "<div", "<p>", "<meta"} {
		if at := bytes.Index(head, []byte(tag)); at >= 0 && (svg < 0 || at < svg) {
			return HTML
		}
	}
	if svg >= 0 || bytes.Contains(head, []byte("<!doctype svg")) {
		return SVG
	}
	return Unknown
}

// refusal is the error for a format that is not decoded.
func refusal(f Format) error {
	switch f {
	case Unknown:
		return refuse(schemas.ImageUnknownFormat, "no known magic bytes")
	case SVG:
		return refuse(schemas.SVGUnsupported, "svg is never rasterised")
	case PDF, HTML:
		return refuse(schemas.ContentUnwanted, "%s where a picture was asked for", f)
	}
	return refuse(schemas.ImageUnsupported, "%s is not decoded", f)
}
