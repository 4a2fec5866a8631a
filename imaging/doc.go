// Package imaging turns the bytes of one picture into pixels and back into bytes: sniff, limit, decode, resize,
// encode, perceptual hash.
//
// Promises:
//
//   - The format is decided by magic bytes alone. JPEG, PNG, GIF, WebP, AVIF, BMP and TIFF are decoded; SVG, HEIC, ICO,
//     JPEG XL, PDF and HTML are recognised and refused, each with a detail that names it. So are the rarer kinds of TIFF
//     (CMYK, Lab, separate planes, JPEG inside, signed or odd depths, BigTIFF) and of BMP (JPEG or PNG inside).
//   - Limits come before work. ReadHeader looks at no pixel; sides and pixels are checked before a decoder is called, and
//     one Processor never holds more decoded bytes than its Config allows. The decoder of AVIF, in WebAssembly, gets no
//     more memory than its picture's sides justify. Of an animation one frame is decoded, so one frame counts.
//   - Every failure is an *Error with a reason of the closed list in schemas. A panicking decoder costs one picture
//     (decoder_crash).
//   - A picture is whole or refused. A JPEG must reach its end-of-image marker, and decoder warnings about missing or
//     damaged data count as errors: no grey bottoms. Bytes after the end are ignored. Of GIF, WebP, AVIF and TIFF files with
//     many frames only the first is read, so damage behind it goes unnoticed.
//   - Pixels are 8-bit RGB, upright (EXIF orientation applied, and gone from the output), alpha composited onto white,
//     deeper samples rounded.
//   - An embedded ICC profile of primaries and tone curves is followed: pixels become sRGB, before they are scaled.
//     img2dataset ignores profiles. Result.Profile says what was done: empty (no profile), "srgb" (sRGB, or within a level of
//     it), "converted: NAME" or "kept: WHY". Kept as they are, and said so: profiles with tables, of CMYK, in Lab, damaged
//     ones, those whose kind does not fit the samples; also gAMA without a profile, and the H.273 colours of video
//     (cICP, nclx). Colours behind transparency are put on white first.
//   - Resizing follows img2dataset: names and sizes of its modes, OpenCV's kernels by its names (see Interpolation), area down
//     and Lanczos up unless told otherwise. With libjpeg-turbo every kernel in every mode is within one step of 256 of
//     OpenCV, from JPEG and PNG; with Go's JPEG decoder within three.
//   - A JPEG of up to 960 pixels a side that keeps its size, upright and without a border, is written again from its own luma
//     and chroma where libjpeg-turbo does it: chroma of 4:2:0 as it is, about 3 dB nearer to the source than by way of RGB, so
//     that after encoding single values differ from img2dataset's by up to 26; chroma of 4:2:2 and 4:4:4 averaged. So is a
//     lossy WebP without alpha, from BT.601's range to JPEG's, where libwebp is there too. The hash is taken from the luma, and
//     may differ in a bit or two from that of the RGB.
//   - Boxes are blurred as img2dataset did up to 1.46 (sigma a tenth of the box, as ImageNet), within one step, four for boxes
//     over 240 pixels; 1.47 blurs less.
//   - The same bytes, Config and build give the same result.
//
// The default build is pure Go. With the build tags turbojpeg, webp and png (and cgo) libjpeg-turbo decodes and encodes
// JPEG, and a JPEG that becomes a JPEG goes through one C call; libwebp and libpng decode their formats, about ten and six
// times faster. With deflate, PNGs of the ordinary kinds are unpacked by libdeflate, twice as fast as by libpng; whatever is
// unusual or damaged in one still goes to the decoder that there is without it, so that pixels and reasons stay the same.
// All builds use the same weights and give equal pixels for every format but JPEG. JPEG pixels differ by a few steps of 256,
// from rounding in the inverse DCT and the colour transform; both builds interpolate subsampled chroma alike, except for the
// rare ratios other than 4:2:0, 4:2:2 and 4:4:0, and those of pictures under five pixels wide. Encoded JPEG bytes differ. A
// few damaged files are refused by one and decoded by the other. Codec names the build, so that outputs can be told apart.
// WebP is written by libwebp alone.
package imaging
