//go:build turbojpeg && webp && cgo

// A JPEG from luma and chroma as VP8 has them. Both average chroma over two by two pixels at the same places; what differs is
// the range: ITU-R BT.601 puts black at 16 and white at 235 and colour within 112 of 128 (RFC 6386, section 9.2), JPEG uses
// all values (JFIF 1.02).

#include "planes.h"

#include <string.h>

#include "codec.h"
#include "scale_rows.h"

// Rounds (v - 16) * 255 / 219. The part behind the first summand is counted in 256ths, so that 16 bits hold it.
PM_CLONES void pm_full_luma(unsigned char *row, int n)
{
    for (int i = 0; i < n; i++) {
        uint16_t v = row[i] > 16 ? row[i] - 16 : 0;
        uint16_t more = (uint16_t)((uint32_t)(uint16_t)(v << 8) * 10773 >> 16);
        v += (uint16_t)(more + 128) >> 8;
        row[i] = v > 255 ? 255 : v;
    }
}

// Rounds 128 + (v - 128) * 255 / 224.
PM_CLONES void pm_full_chroma(unsigned char *row, int n)
{
    for (int i = 0; i < n; i++) {
        int16_t from = (int16_t)(row[i] - 128);
        int16_t more = (int16_t)((int32_t)(int16_t)(from * 256) * 9070 >> 16);
        int16_t v = (int16_t)(row[i] + ((int16_t)(more + 128) >> 8));
        row[i] = v < 0 ? 0 : v > 255 ? 255 : v;
    }
}

// Strips are two blocks of luma high. Behind the right end and the last row, their pixels repeat.
enum { LUMA = 2 * DCTSIZE, CHROMA = DCTSIZE };

static void repeat(unsigned char *row, int n, long stride)
{
    memset(row + n, row[n - 1], stride - n);
}

static void write_strips(j_compress_ptr c, const pm_planes *p)
{
    int w = (int)c->image_width, h = (int)c->image_height, half_w = (w + 1) / 2, half_h = (h + 1) / 2;
    JSAMPROW y[LUMA], u[CHROMA], v[CHROMA];
    JSAMPARRAY planes[] = {y, u, v};
    for (int top = 0; top < h; top += LUMA) {
        for (int i = 0; i < LUMA; i++) {
            int row = top + i;
            y[i] = p->y + (row < h ? row : h - 1) * p->stride;
            if (row < h) {
                pm_full_luma(y[i], w);
                repeat(y[i], w, p->stride);
            }
        }
        for (int i = 0; i < CHROMA; i++) {
            int row = top / 2 + i;
            long at = (row < half_h ? row : half_h - 1) * (p->stride / 2);
            u[i] = p->u + at;
            v[i] = p->v + at;
            if (row < half_h) {
                pm_full_chroma(u[i], half_w);
                repeat(u[i], half_w, p->stride / 2);
                pm_full_chroma(v[i], half_w);
                repeat(v[i], half_w, p->stride / 2);
            }
        }
        jpeg_write_raw_data(c, planes, LUMA);
    }
}

int pm_encode_planes(pm_planes planes, pm_layout lay, pm_buffers mem, pm_made *made, char *message)
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
    pm_output(&c, &out, &mem, &lay, JCS_YCbCr);
    c.raw_data_in = TRUE;
    jpeg_start_compress(&c, TRUE);
    write_strips(&c, &planes);
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    made->len = mem.out_len - out.free_in_buffer;
    return PM_OK;
}
