// What webp_c.go asks of C.

#ifndef PAIRMILL_IMAGING_WEBP_DECODE_H
#define PAIRMILL_IMAGING_WEBP_DECODE_H

#include <stddef.h>
#include <stdint.h>

// pm_webp writes w*h pixels of 3 or 4 channels and returns libwebp's VP8StatusCode, or -1 when the file has other sides.
int pm_webp(const uint8_t *data, size_t len, int w, int h, int channels, uint8_t *out);

// pm_webp_planes writes the luma and chroma of a lossy picture, rows of stride bytes of luma and half of that of chroma.
int pm_webp_planes(const uint8_t *data, size_t len, int w, int h, int stride, uint8_t *y, uint8_t *u, uint8_t *v);

#endif
