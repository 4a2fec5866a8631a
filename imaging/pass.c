//go:build turbojpeg && cgo

// A JPEG of 4:2:0 that keeps its size is written again from its own luma and chroma: the way through RGB would interpolate
// chroma, round it twice and average it again, and is a fifth of the work.

#include "codec.h"

static int passes(j_decompress_ptr d)
{
    const jpeg_component_info *c = d->comp_info;
    return d->num_components == 3 && d->jpeg_color_space == JCS_YCbCr && c[0].h_samp_factor == 2 && c[0].v_samp_factor == 2 &&
           c[1].h_samp_factor == 1 && c[1].v_samp_factor == 1 && c[2].h_samp_factor == 1 && c[2].v_samp_factor == 1;
}

// Strips are two blocks of luma high. Luma stays in mem->scaled, for the hash; chroma is overwritten by the next strip.
enum { LUMA = 2 * DCTSIZE, CHROMA = DCTSIZE };

static void pass_strips(j_decompress_ptr d, j_compress_ptr c, unsigned char *luma, long stride)
{
    long high = ((long)d->output_height + LUMA - 1) / LUMA * LUMA;
    JSAMPROW y[LUMA], u[CHROMA], v[CHROMA];
    JSAMPARRAY planes[] = {y, u, v};
    for (int i = 0; i < CHROMA; i++) {
        u[i] = luma + stride * high + i * stride;
        v[i] = u[i] + stride / 2;
    }
    while (d->output_scanline < d->output_height) {
        for (int i = 0; i < LUMA; i++)
            y[i] = luma + (d->output_scanline + i) * stride;
        jpeg_read_raw_data(d, planes, LUMA);
        jpeg_write_raw_data(c, planes, LUMA);
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
    d.out_color_space = JCS_YCbCr;
    d.dct_method = JDCT_ISLOW;
    jpeg_start_decompress(&d);
    jpeg_create_compress(&c);
    pm_output(&c, &out, mem, lay, JCS_YCbCr);
    c.raw_data_in = TRUE;
    jpeg_start_compress(&c, TRUE);
    made->luma_stride = ((long)pic->w + LUMA - 1) / LUMA * LUMA;
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
