package workers

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"pairmill/schemas"
	"pairmill/store"
)

// readImage reads a sample's image out of its run shard, and refuses bytes that are not the ones that were put there:
// what has rotted must not be published under a fresh hash.
func readImage(tar store.Object, key string, row *schemas.Row) ([]byte, error) {
	image := make([]byte, row.ImageBytes)
	if _, err := tar.ReadAt(image, row.ImageOffset); err != nil {
		return nil, fmt.Errorf("read image of %s in %s: %w", row.ID, key, err)
	}
	if sum := sha256.Sum256(image); hex.EncodeToString(sum[:]) != row.ImageSHA256 {
		return nil, fmt.Errorf("image of %s in %s has sha256 %x, its row says %s: %w", row.ID, key, sum, row.ImageSHA256, store.ErrMismatch)
	}
	return image, nil
}
