package main

import (
	"bytes"
	"image"
	"image/draw"
	"image/jpeg"
	"math/rand/v2"

	xdraw "golang.org/x/image/draw"

	"pairmill/internal/picturebook"
)

// weathered is the scene as a model meets it after its way through the web and the pipeline.
func weathered(s picturebook.Scene, side int, r *rand.Rand) (*image.RGBA, error) {
	img := s.Draw(drawnSide(side, r))
	if r.IntN(4) == 0 {
		img = onSheet(img, r)
	}
	var err error
	if r.IntN(8) > 0 { // one in eight stays a PNG
		if img, err = recompressed(img, 60+r.IntN(38)); err != nil {
			return nil, err
		}
	}
	if r.IntN(3) == 0 {
		img = resized(img, side+side/2+r.IntN(4*side), anyKernel(r))
		if img, err = recompressed(img, 75+r.IntN(23)); err != nil {
			return nil, err
		}
	}
	return resized(img, side, bicubic), nil
}

// drawnSide is the input side up to eight times of it; small ones are more frequent, they are quicker to draw.
func drawnSide(side int, r *rand.Rand) int {
	f := r.Float64()
	return side + int(7*float64(side)*f*f)
}

// onSheet centres the picture on a white square, with a border of up to a fifth of the side all around.
func onSheet(img *image.RGBA, r *rand.Rand) *image.RGBA {
	inner := img.Bounds().Dx()
	border := r.IntN(inner/5 + 1)
	sheet := image.NewRGBA(image.Rect(0, 0, inner+2*border, inner+2*border))
	draw.Draw(sheet, sheet.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(sheet, img.Bounds().Add(image.Pt(border, border)), img, image.Point{}, draw.Src)
	return sheet
}

func recompressed(img *image.RGBA, quality int) (*image.RGBA, error) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
		return nil, err
	}
	back, err := jpeg.Decode(&b)
	if err != nil {
		return nil, err
	}
	out := image.NewRGBA(img.Bounds())
	draw.Draw(out, out.Bounds(), back, image.Point{}, draw.Src)
	return out, nil
}

// bicubic is the kernel that CLIP's preprocessing asks for: cubic with a = -0.5, stretched when it makes smaller.
var bicubic = xdraw.CatmullRom

func anyKernel(r *rand.Rand) xdraw.Scaler {
	return []xdraw.Scaler{xdraw.CatmullRom, xdraw.BiLinear, xdraw.ApproxBiLinear}[r.IntN(3)]
}

func resized(img *image.RGBA, side int, kernel xdraw.Scaler) *image.RGBA {
	if img.Bounds().Dx() == side {
		return img
	}
	out := image.NewRGBA(image.Rect(0, 0, side, side))
	kernel.Scale(out, out.Bounds(), img, img.Bounds(), xdraw.Src, nil)
	return out
}
