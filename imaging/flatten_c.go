//go:build (webp || png) && cgo

package imaging

// straightOverWhite turns RGBA into RGB on white, in place: the first three quarters are the result.
func straightOverWhite(pix []byte) {
	for i, j := 0, 0; j+4 <= len(pix); i, j = i+3, j+4 {
		overWhite(pix[i:i+3:i+3], pix[j], pix[j+1], pix[j+2], pix[j+3])
	}
}
