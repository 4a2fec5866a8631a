package imaging

import (
	"errors"
	"fmt"
	"image/jpeg"
	"image/png"
	"io"
	"strings"

	"golang.org/x/image/tiff"

	"pairmill/schemas"
)

// Error says why a picture was refused. Reason belongs into the row; Detail is for people.
type Error struct {
	Reason schemas.Reason
	Detail string
}

func (e *Error) Error() string { return string(e.Reason) + ": " + e.Detail }

// ReasonOf returns the reason inside err, or schemas.Kept when err carries none.
func ReasonOf(err error) schemas.Reason {
	var e *Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return schemas.Kept
}

func refuse(r schemas.Reason, format string, args ...any) error {
	return &Error{Reason: r, Detail: fmt.Sprintf(format, args...)}
}

// fromDecoder gives the error of a Go decoder its reason. The decoders agree on no error type for "ends too early",
// and image/gif formats the cause away, hence the look at the text.
func fromDecoder(err error) error {
	var (
		jpegErr jpeg.UnsupportedError
		pngErr  png.UnsupportedError
		tiffErr tiff.UnsupportedError
	)
	text := err.Error()
	switch {
	case errors.As(err, &jpegErr), errors.As(err, &pngErr), errors.As(err, &tiffErr):
		return refuse(schemas.ImageUnsupported, "%s", text)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), strings.HasSuffix(text, "EOF"),
		strings.Contains(text, "not enough"), strings.Contains(text, "short Huffman data"),
		strings.Contains(text, "missing 0xff00"): // a marker in the middle of the data
		return refuse(schemas.ImageTruncated, "%s", text)
	}
	return refuse(schemas.ImageCorrupt, "%s", text)
}
