//go:build !webp || !cgo

package imaging

import (
	"errors"

	"pairmill/schemas"
)

// maxWebP is the longest side that WebP can hold (RFC 9649).
const maxWebP = 16_383

// canEncodeWebP tells New whether this build has libwebp.
func canEncodeWebP() error {
	return errors.New("this build has no WebP encoder: install libwebp-dev and rebuild")
}

func encodeWebP(*Pixels, int) ([]byte, error) {
	return nil, refuse(schemas.ImageEncodeFailed, "this build has no WebP encoder")
}
