//go:build turbojpeg && cgo

// libjpeg-turbo's scan line API. State lives for one call, so that nothing of one picture reaches the next.

#include "codec.h"

#include <string.h>

enum { OFF = 8 };
enum { STRIP = 4 }; // rows that libjpeg hands over at a time, at most

static long row_size(int w)
{
    return ((long)w * 3 + 127) / 64 * 64;
}

long pm_work_size(pm_axis xs, pm_axis ys)
{
    return ys.dst ? row_size(xs.src) * (pm_scaler_rows(ys) + STRIP) + pm_scaler_size(xs, ys) : 0;
}

// read_whole writes the picture as it is.
static void read_whole(j_decompress_ptr d, unsigned char *to)
{
    long stride = (long)d->output_width * 3;
    while (d->output_scanline < d->output_height) {
        JSAMPROW rows[STRIP];
        for (int i = 0; i < STRIP; i++)
            rows[i] = to + (d->output_scanline + i) * stride;
        JDIMENSION left = d->output_height - d->output_scanline;
        jpeg_read_scanlines(d, rows, left < STRIP ? left : STRIP);
    }
}

// read_scaled lets libjpeg write where the scaler looks for its rows.
static void read_scaled(j_decompress_ptr d, pm_scaler *s)
{
    while (d->output_scanline < d->output_height) {
        JSAMPROW rows[STRIP];
        for (int i = 0; i < STRIP; i++)
            rows[i] = (unsigned char *)s->in.base + (d->output_scanline + i) % s->in.kept * s->in.stride;
        jpeg_read_scanlines(d, rows, STRIP);
        pm_scaler_go(s, (int)d->output_scanline);
    }
}

static int decode(const unsigned char *data, unsigned long len, const pm_picture *pic, int half, const pm_axis *xs, const pm_axis *ys,
                  const pm_buffers *mem, char *message)
{
    struct jpeg_decompress_struct d;
    failure f;
    pm_scaler s;

    d.err = pm_failing(&f, message);
    if (setjmp(f.back)) {
        jpeg_destroy_decompress(&d);
        return PM_DECODE;
    }
    jpeg_create_decompress(&d);
    jpeg_mem_src(&d, (unsigned char *)data, len);
    jpeg_read_header(&d, TRUE);
    if ((int32_t)d.image_width != pic->w || (int32_t)d.image_height != pic->h) {
        snprintf(message, PM_MESSAGE, "%ux%u instead of %dx%d", d.image_width, d.image_height, pic->w, pic->h);
        longjmp(f.back, 1);
    }
    d.out_color_space = JCS_RGB;
    d.dct_method = JDCT_ISLOW;
    d.scale_num = 1;
    d.scale_denom = half ? 2 : 1;
    jpeg_start_decompress(&d);
    if (ys->dst) {
        pm_rows in = {mem->work + OFF, row_size(xs->src), pm_scaler_rows(*ys) + STRIP};
        pm_scaler_start(&s, xs, ys, in, mem->scaled, mem->work + in.stride * in.kept);
        read_scaled(&d, &s);
    } else {
        read_whole(&d, mem->scaled);
    }
    jpeg_finish_decompress(&d);
    jpeg_destroy_decompress(&d);
    return PM_OK;
}

static void place(unsigned char *canvas, const unsigned char *scaled, const pm_layout *lay)
{
    if (lay->w != lay->out_w || lay->h != lay->out_h)
        memset(canvas, 255, (size_t)lay->out_w * lay->out_h * 3);
    for (int y = 0; y < lay->h; y++) {
        const unsigned char *s = scaled + lay->base + (long)(lay->src_y + y) * lay->down + (long)lay->src_x * lay->right;
        unsigned char *d = canvas + ((long)(lay->dst_y + y) * lay->out_w + lay->dst_x) * 3;
        if (lay->right == 3) {
            memcpy(d, s, (size_t)lay->w * 3);
            continue;
        }
        for (int x = 0; x < lay->w; x++, d += 3, s += lay->right) {
            d[0] = s[0];
            d[1] = s[1];
            d[2] = s[2];
        }
    }
}

static int encode(const unsigned char *rgb, const pm_layout *lay, const pm_buffers *mem, pm_made *made, char *message)
{
    struct jpeg_compress_struct c;
    struct jpeg_destination_mgr out;
    failure f;

    c.err = pm_failing(&f, message);
    if (setjmp(f.back)) {
        jpeg_destroy_compress(&c);
        return PM_ENCODE;
    }
    jpeg_create_compress(&c);
    pm_output(&c, &out, mem, lay, JCS_RGB);
    jpeg_start_compress(&c, TRUE);
    while (c.next_scanline < c.image_height) {
        JSAMPROW rows[16];
        for (int i = 0; i < 16; i++)
            rows[i] = (unsigned char *)rgb + (c.next_scanline + i) * (long)lay->out_w * 3;
        JDIMENSION left = c.image_height - c.next_scanline;
        jpeg_write_scanlines(&c, rows, left < 16 ? left : 16);
    }
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    made->len = mem->out_len - out.free_in_buffer;
    return PM_OK;
}

int pm_encode(const unsigned char *rgb, int w, int h, int quality, unsigned char *out, unsigned long *out_len, char *message)
{
    pm_layout lay = {.out_w = w, .out_h = h, .quality = quality};
    pm_buffers mem = {.out = out, .out_len = *out_len};
    pm_made made = {0};
    int status = encode(rgb, &lay, &mem, &made, message);
    *out_len = made.len;
    return status;
}

int pm_transcode(const unsigned char *data, unsigned long len, pm_picture pic, pm_layout lay, pm_axis xs, pm_axis ys,
                 pm_buffers mem, pm_made *made, char *message)
{
    int status = lay.pass ? pm_pass(data, len, &pic, &lay, &mem, made, message) : PM_OTHER;
    if (status != PM_OTHER)
        return status;
    status = decode(data, len, &pic, lay.half, &xs, &ys, &mem, message);
    if (status != PM_OK)
        return status;
    if (mem.canvas != mem.scaled)
        place(mem.canvas, mem.scaled, &lay);
    return encode(mem.canvas, &lay, &mem, made, message);
}
