//go:build deflate && cgo

// PNG of the ordinary kinds, with libdeflate, which unpacks at once what zlib unpacks piece by piece, in half of the time. What
// is not ordinary or not sound is for another decoder to say.

#include "png_plain.h"

#include <libdeflate.h>
#include <string.h>

#include "png_filters.h"

size_t pm_plain_row(pm_plain pic)
{
    return ((size_t)pic.w * pic.channels * pic.bits + 7) / 8;
}

// fits tells whether every distance that the stream may have lies within the window that it announces (RFC 1950): libpng takes
// no more of the past than that.
static int fits(const uint8_t *packed, size_t len, size_t size)
{
    return len > 2 && size <= (size_t)256 << (packed[0] >> 4);
}

int pm_plain_inflate(const uint8_t *packed, size_t len, pm_plain pic, uint8_t *raw)
{
    size_t row = pm_plain_row(pic) + 1, size = row * pic.h, used = 0;
    struct libdeflate_decompressor *d;
    enum libdeflate_result result;

    if (!fits(packed, len, size < 32768 ? size : 32768))
        return 0;
    d = libdeflate_alloc_decompressor();
    if (!d)
        return 0;
    result = libdeflate_zlib_decompress_ex(d, packed, len, raw, size, &used, NULL);
    libdeflate_free_decompressor(d);
    if (result != LIBDEFLATE_SUCCESS || used != len)
        return 0;
    for (int32_t y = 0; y < pic.h; y++)
        if (raw[row * y] > 4)
            return 0;
    return 1;
}

// over_white rounds c * a / 255 + 255 - a.
static uint8_t over_white(unsigned c, unsigned a)
{
    return (uint8_t)((c * a + 255 * (255 - a) + 127) / 255);
}

static void with_key(uint8_t *rgb, int32_t w, int32_t key)
{
    for (; w > 0; w--, rgb += 3)
        if ((rgb[0] << 16 | rgb[1] << 8 | rgb[2]) == key)
            memset(rgb, 255, 3);
}

static void from_indices(uint8_t *rgb, const uint8_t *row, const pm_plain *pic)
{
    int bits = pic->bits, last = (1 << bits) - 1;
    for (int32_t x = 0; x < pic->w; x++, rgb += 3) {
        long bit = (long)x * bits;
        memcpy(rgb, pic->table + 3 * (row[bit / 8] >> (8 - bits - bit % 8) & last), 3);
    }
}

static void from_bytes(uint8_t *rgb, const uint8_t *row, const pm_plain *pic)
{
    for (int32_t x = 0; x < pic->w; x++, rgb += 3)
        memcpy(rgb, pic->table + 3 * row[x], 3);
}

static void from_grey_alpha(uint8_t *rgb, const uint8_t *row, int32_t w)
{
    for (; w > 0; w--, rgb += 3, row += 2)
        rgb[0] = rgb[1] = rgb[2] = over_white(row[0], row[1]);
}

static void from_rgb_alpha(uint8_t *rgb, const uint8_t *row, int32_t w)
{
    for (; w > 0; w--, rgb += 3, row += 4) {
        unsigned a = row[3];
        if (a == 255) {
            memcpy(rgb, row, 3);
            continue;
        }
        rgb[0] = over_white(row[0], a);
        rgb[1] = over_white(row[1], a);
        rgb[2] = over_white(row[2], a);
    }
}

static void to_rgb(uint8_t *rgb, const uint8_t *row, const pm_plain *pic)
{
    if (pic->channels == 4)
        from_rgb_alpha(rgb, row, pic->w);
    else if (pic->channels == 2)
        from_grey_alpha(rgb, row, pic->w);
    else if (pic->bits == 8)
        from_bytes(rgb, row, pic);
    else
        from_indices(rgb, row, pic);
}

static void unpack_rgb(const pm_plain *pic, const uint8_t *raw, uint8_t *rgb)
{
    long row = (long)pic->w * 3;
    for (int32_t y = 0; y < pic->h; y++, raw += row + 1, rgb += row)
        pm_unfilter(raw[0], rgb, raw + 1, y ? rgb - row : NULL, row, 3);
    for (int32_t y = 0; pic->key >= 0 && y < pic->h; y++)
        with_key(rgb -= row, pic->w, pic->key);
}

void pm_plain_unpack(pm_plain pic, uint8_t *raw, uint8_t *rgb)
{
    long row = (long)pm_plain_row(pic);
    if (pic.channels == 3) {
        unpack_rgb(&pic, raw, rgb);
        return;
    }
    for (int32_t y = 0; y < pic.h; y++, raw += row + 1, rgb += (long)pic.w * 3) {
        pm_unfilter(raw[0], raw + 1, raw + 1, y ? raw - row : NULL, row, pic.channels);
        to_rgb(rgb, raw + 1, &pic);
    }
}
