package filter

import "pairmill/schemas"

// MinSide drops pictures whose shorter side has fewer than limit pixels: image_too_small.
//
// Default 64, which removes icons, spacers and buttons and little else. DataComp's basic filter and COYO ask for 200, close
// to the 224 that most CLIPs look at; original_width and original_height stay in the row, so a subset can ask for it later.
func MinSide(limit int) Rule[Image] {
	return when(schemas.ImageTooSmall, func(i Image) bool { return min(i.Width, i.Height) < limit })
}
