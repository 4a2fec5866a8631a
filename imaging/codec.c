//go:build turbojpeg && cgo

// libjpeg-turbo's errors come by longjmp and stay in the C files that call it. Warnings that tell of missing or damaged
// pixels are errors.

#include "codec.h"

static void explain(j_common_ptr codec)
{
    char text[JMSG_LENGTH_MAX];
    failure *f = (failure *)codec->err;
    codec->err->format_message(codec, text);
    snprintf(f->message, PM_MESSAGE, "%s", text);
}

static void fail(j_common_ptr codec)
{
    failure *f = (failure *)codec->err;
    explain(codec);
    f->encoding = !codec->is_decompressor;
    longjmp(f->back, 1);
}

static void warn(j_common_ptr codec, int level)
{
    failure *f = (failure *)codec->err;
    if (level >= 0)
        return;
    explain(codec);
    if (!pm_harmless(f->message))
        longjmp(f->back, 1);
}

struct jpeg_error_mgr *pm_failing(failure *f, char *message)
{
    struct jpeg_error_mgr *m = jpeg_std_error(&f->jpeg);
    m->error_exit = fail;
    m->emit_message = warn;
    f->message = message;
    f->encoding = 0;
    return m;
}

// The destination is one buffer of known size; running out of it is an error.
static void out_nothing(j_compress_ptr c)
{
    (void)c;
}

static boolean out_full(j_compress_ptr c)
{
    failure *f = (failure *)c->err;
    snprintf(f->message, PM_MESSAGE, "output is longer than its bound");
    f->encoding = 1;
    longjmp(f->back, 1);
}

void pm_output(j_compress_ptr c, struct jpeg_destination_mgr *out, const pm_buffers *mem, const pm_layout *lay, J_COLOR_SPACE in)
{
    *out = (struct jpeg_destination_mgr){
        .next_output_byte = mem->out, .free_in_buffer = mem->out_len,
        .init_destination = out_nothing, .empty_output_buffer = out_full, .term_destination = out_nothing,
    };
    c->dest = out;
    c->image_width = lay->out_w;
    c->image_height = lay->out_h;
    c->input_components = 3;
    c->in_color_space = in;
    jpeg_set_defaults(c);
    jpeg_set_quality(c, lay->quality, TRUE);
    c->dct_method = JDCT_ISLOW;
}
