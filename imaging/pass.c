//go:build turbojpeg && cgo

// A JPEG that keeps its size is written again from its own luma and chroma: the way through RGB would interpolate chroma, round
// it twice and average it again, and is a fifth of the work. Chroma of 4:2:0 stays as it is; that of 4:2:2 and 4:4:4 is averaged.

#include "codec.h"

#include <string.h>

#include "scale_rows.h"

static int sampled(const jpeg_component_info *c, int h, int v)
{
    return c->h_samp_factor == h && c->v_samp_factor == v;
}

static int passes(j_decompress_ptr d)
{
    const jpeg_component_info *c = d->comp_info;
    if (d->num_components == 1)
        return d->jpeg_color_space == JCS_GRAYSCALE && sampled(c, 1, 1);
    return d->num_components == 3 && d->jpeg_color_space == JCS_YCbCr && sampled(c + 1, 1, 1) && sampled(c + 2, 1, 1) &&
           (sampled(c, 2, 2) || sampled(c, 2, 1) || sampled(c, 1, 1));
}

// Strips are two blocks of luma high.
enum { LUMA = 2 * DCTSIZE, CHROMA = DCTSIZE };

// Luma stays in memory, for the hash; chroma, as it is read and as it is written, is overwritten by the next strip.
typedef struct {
    JSAMPROW y[LUMA], from_u[LUMA], from_v[LUMA], u[CHROMA], v[CHROMA];
} strip;

static long rounded(long side)
{
    return (side + LUMA - 1) / LUMA * LUMA;
}

long pm_pass_size(int w, int h)
{
    return rounded(w) * (rounded(h) + CHROMA + 2 * LUMA);
}

static void place(strip *s, unsigned char *chroma, long stride)
{
    for (int i = 0; i < CHROMA; i++) {
        s->u[i] = chroma + i * stride;
        s->v[i] = s->u[i] + stride / 2;
        memset(s->u[i], 128, stride); // of grey, that is what they stay
    }
    chroma += CHROMA * stride;
    for (int i = 0; i < LUMA; i++) {
        s->from_u[i] = chroma + i * stride;
        s->from_v[i] = chroma + (LUMA + i) * stride;
    }
}

// Halves are rounded up and down by turns, as libjpeg does.
PM_CLONES static void average_four(unsigned char *out, const unsigned char *a, const unsigned char *b, long n)
{
    for (long i = 0; i < n; i++)
        out[i] = (unsigned char)((a[2 * i] + a[2 * i + 1] + b[2 * i] + b[2 * i + 1] + 1 + (i & 1)) >> 2);
}

PM_CLONES static void average_two(unsigned char *out, const unsigned char *a, const unsigned char *b, long n)
{
    for (long i = 0; i < n; i++)
        out[i] = (unsigned char)((a[i] + b[i] + (i & 1)) >> 1);
}

// shrink averages one channel of a strip. Behind the right end and the last of rows, pixels repeat.
static void shrink(JSAMPARRAY to, JSAMPARRAY from, int rows, long w, int across, long stride)
{
    for (int i = 0; i < CHROMA; i++) {
        unsigned char *a = from[2 * i < rows ? 2 * i : rows - 1], *b = from[2 * i + 1 < rows ? 2 * i + 1 : rows - 1];
        if (across == 2) {
            average_two(to[i], a, b, stride / 2);
            continue;
        }
        memset(a + w, a[w - 1], stride - w);
        memset(b + w, b[w - 1], stride - w);
        average_four(to[i], a, b, stride / 2);
    }
}

static void pass_strips(j_decompress_ptr d, j_compress_ptr c, unsigned char *luma, long stride)
{
    int across = d->comp_info[0].h_samp_factor, down = d->comp_info[0].v_samp_factor, grey = d->num_components == 1;
    long high = d->output_height;
    strip s;
    JSAMPARRAY out[] = {s.y, s.u, s.v};
    place(&s, luma + stride * rounded(high), stride);
    for (long top = 0; top < high; top += LUMA) {
        int rows = high - top < LUMA ? (int)(high - top) : LUMA;
        for (int i = 0; i < LUMA; i++)
            s.y[i] = luma + (top + i) * stride;
        for (int i = 0; i < rows; i += down * DCTSIZE) {
            JSAMPARRAY in[] = {s.y + i, down == 2 ? s.u : s.from_u + i, down == 2 ? s.v : s.from_v + i};
            jpeg_read_raw_data(d, in, down * DCTSIZE);
        }
        if (down == 1)
            for (int i = rows; i < LUMA; i++)
                s.y[i] = s.y[rows - 1];
        if (down == 1 && !grey) {
            shrink(s.u, s.from_u, rows, d->output_width, across, stride);
            shrink(s.v, s.from_v, rows, d->output_width, across, stride);
        }
        jpeg_write_raw_data(c, out, LUMA);
    }
}

int pm_pass(const unsigned char *data, unsigned long len, const pm_picture *pic, const pm_layout *lay, const pm_buffers *mem,
            pm_made *made, char *message)
{
    struct jpeg_decompress_struct d;
    struct jpeg_compress_struct c;
    struct jpeg_destination_mgr out;
    failure f;
    int status = PM_OK;

    d.err = c.err = pm_failing(&f, message);
    d.mem = NULL;
    c.mem = NULL;
    if (setjmp(f.back)) {
        status = f.encoding ? PM_ENCODE : PM_DECODE;
        goto done;
    }
    jpeg_create_decompress(&d);
    jpeg_mem_src(&d, (unsigned char *)data, len);
    jpeg_read_header(&d, TRUE);
    if ((int32_t)d.image_width != pic->w || (int32_t)d.image_height != pic->h || !passes(&d)) {
        status = PM_OTHER;
        goto done;
    }
    d.raw_data_out = TRUE;
    d.out_color_space = d.jpeg_color_space;
    d.dct_method = JDCT_ISLOW;
    jpeg_start_decompress(&d);
    jpeg_create_compress(&c);
    pm_output(&c, &out, mem, lay, JCS_YCbCr);
    c.raw_data_in = TRUE;
    jpeg_start_compress(&c, TRUE);
    made->luma_stride = rounded(pic->w);
    pass_strips(&d, &c, mem->scaled, made->luma_stride);
    jpeg_finish_decompress(&d);
    jpeg_finish_compress(&c);
    made->len = mem->out_len - out.free_in_buffer;
    made->passed = 1;
done:
    jpeg_destroy_compress(&c);
    jpeg_destroy_decompress(&d);
    return status;
}
