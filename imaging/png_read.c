//go:build png && cgo

// PNG through libpng. Its errors come by longjmp and stay in this file; warnings are about chunks that hold no pixels.

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <png.h>

#include "png_read.h"

// source is the file in memory, and the place for what went wrong.
typedef struct {
    const uint8_t *data;
    size_t left;
    char *message;
} source;

static void on_error(png_structp png, png_const_charp text)
{
    source *s = png_get_error_ptr(png);
    snprintf(s->message, PM_PNG_MESSAGE, "%s", text);
    longjmp(png_jmpbuf(png), 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

static void take(png_structp png, png_bytep out, size_t n)
{
    source *s = png_get_io_ptr(png);
    if (n > s->left)
        png_error(png, "file ends too early");
    memcpy(out, s->data, n);
    s->data += n;
    s->left -= n;
}

// prepare reads up to the pixels, asks for RGB or RGBA, and returns the number of passes. Texts and profiles, which may be packed bombs, are skipped.
static int prepare(png_structp png, png_infop info, source *s)
{
    png_set_read_fn(png, s, take);
    png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_user_limits(png, 0x7fffffff, 0x7fffffff); // the caller has checked
    png_read_info(png, info);
    png_set_expand(png); // palettes, grey of 1 to 4 bits, tRNS
    png_set_gray_to_rgb(png);
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    return passes;
}

int pm_png_layout(const uint8_t *data, size_t len, pm_png *pic, char *message)
{
    source s = {data, len, message};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &s, on_error, on_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    volatile int failed = 1;

    if (!info) {
        snprintf(message, PM_PNG_MESSAGE, "no memory for libpng");
    } else if (!setjmp(png_jmpbuf(png))) {
        prepare(png, info, &s);
        pic->channels = png_get_channels(png, info);
        pic->bits = png_get_bit_depth(png, info);
        failed = (int64_t)png_get_image_width(png, info) != pic->w || (int64_t)png_get_image_height(png, info) != pic->h;
        if (failed)
            snprintf(message, PM_PNG_MESSAGE, "other sides than in the header");
    }
    png_destroy_read_struct(&png, &info, NULL);
    return failed;
}

int pm_png_read(const uint8_t *data, size_t len, const pm_png *pic, uint8_t *out, char *message)
{
    source s = {data, len, message};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &s, on_error, on_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    size_t stride = (size_t)pic->w * pic->channels * (pic->bits / 8);
    volatile int failed = 1;

    if (!info) {
        snprintf(message, PM_PNG_MESSAGE, "no memory for libpng");
    } else if (!setjmp(png_jmpbuf(png))) {
        int passes = prepare(png, info, &s);
        if (png_get_rowbytes(png, info) != stride)
            png_error(png, "rows of another length");
        for (int pass = 0; pass < passes; pass++)
            for (int32_t y = 0; y < pic->h; y++)
                png_read_row(png, out + stride * y, NULL);
        png_read_end(png, NULL);
        failed = 0;
    }
    png_destroy_read_struct(&png, &info, NULL);
    return failed;
}
