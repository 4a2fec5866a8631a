//go:build turbojpeg && cgo

// JPEG through the TurboJPEG API. Buffers belong to the caller; handles live for one call, so that nothing of one picture
// reaches the next.

#include <stdio.h>
#include <string.h>

#include <turbojpeg.h>

#if defined(__has_include)
#if __has_include(<jconfig.h>)
#include <jconfig.h>
#endif
#endif

#include "turbo.h"

#define PM_TEXT_(x) #x
#define PM_TEXT(x) PM_TEXT_(x)

const char *pm_version(void)
{
#ifdef LIBJPEG_TURBO_VERSION
    return "libjpeg-turbo " PM_TEXT(LIBJPEG_TURBO_VERSION);
#else
    return "libjpeg-turbo";
#endif
}

static void explain(char *message, tjhandle handle)
{
    snprintf(message, PM_MESSAGE, "%s", handle ? tjGetErrorStr2(handle) : "no memory for a handle");
}

// harmless warnings are about the container; every pixel is there. The library keeps the first warning of a picture.
static int harmless(tjhandle handle)
{
    static const char *const notes[] = {"extraneous bytes before marker", "unknown JFIF revision", "Unknown Adobe color transform",
                                        "bad ICC marker", "Invalid SOS parameters"};
    if (tjGetErrorCode(handle) != TJERR_WARNING)
        return 0;
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++)
        if (strstr(tjGetErrorStr2(handle), notes[i]))
            return 1;
    return 0;
}

// Inverted CMYK (255 is no ink) to RGB, in place: the same rounding as inkRGB in flatten.go.
static void ink_to_rgb(unsigned char *pix, long n, int inverted)
{
    unsigned flip = inverted ? 0 : 255;
    const unsigned char *s = pix;
    for (long i = 0; i < n; i++, s += 4, pix += 3) {
        unsigned c = s[0] ^ flip, m = s[1] ^ flip, y = s[2] ^ flip, k = s[3] ^ flip;
        pix[0] = (unsigned char)((c * k + 127) / 255);
        pix[1] = (unsigned char)((m * k + 127) / 255);
        pix[2] = (unsigned char)((y * k + 127) / 255);
    }
}

int pm_decode(const unsigned char *data, unsigned long len, const pm_picture *pic, unsigned char *rgb, char *message)
{
    tjhandle handle = tjInitDecompress();
    int w = 0, h = 0, subsampling, space, status = PM_DECODE;
    int format = pic->components == 4 ? TJPF_CMYK : TJPF_RGB;

    if (!handle) {
        explain(message, NULL);
        return PM_DECODE;
    }
    // Unusual subsampling fails here but decodes; only the sides matter.
    tjDecompressHeader3(handle, data, len, &w, &h, &subsampling, &space);
    if (w != pic->w || h != pic->h) {
        explain(message, handle);
        goto done;
    }
    if (tjDecompress2(handle, data, len, rgb, w, 0, h, format, TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS) && !harmless(handle)) {
        explain(message, handle);
        goto done;
    }
    if (format == TJPF_CMYK)
        ink_to_rgb(rgb, (long)w * h, pic->inverted);
    status = PM_OK;
done:
    tjDestroy(handle);
    return status;
}

unsigned long pm_bound(int w, int h)
{
    return tjBufSize(w, h, TJSAMP_420);
}

int pm_encode(const unsigned char *rgb, int w, int h, int quality, unsigned char *out, unsigned long *out_len, char *message)
{
    tjhandle handle = tjInitCompress();
    int status = PM_OK;

    if (!handle || tjCompress2(handle, rgb, w, 0, h, TJPF_RGB, &out, out_len, TJSAMP_420, quality,
                               TJFLAG_ACCURATEDCT | TJFLAG_NOREALLOC)) {
        explain(message, handle);
        status = PM_ENCODE;
    }
    if (handle)
        tjDestroy(handle);
    return status;
}

static void place(unsigned char *canvas, const unsigned char *scaled, const pm_layout *lay)
{
    if (lay->w != lay->out_w || lay->h != lay->out_h)
        memset(canvas, 255, (size_t)lay->out_w * lay->out_h * 3);
    for (int y = 0; y < lay->h; y++) {
        const unsigned char *s = scaled + lay->base + (long)(lay->src_y + y) * lay->down + (long)lay->src_x * lay->right;
        unsigned char *d = canvas + ((long)(lay->dst_y + y) * lay->out_w + lay->dst_x) * 3;
        for (int x = 0; x < lay->w; x++, d += 3, s += lay->right) {
            d[0] = s[0];
            d[1] = s[1];
            d[2] = s[2];
        }
    }
}

int pm_transcode(const unsigned char *data, unsigned long len, const pm_picture *pic, const pm_layout *lay,
                 unsigned char *rgb, unsigned char *scaled, unsigned char *canvas, float *row,
                 const int32_t *x_first, const int32_t *x_off, const float *x_weight,
                 const int32_t *y_first, const int32_t *y_off, const float *y_weight,
                 unsigned char *out, unsigned long *out_len, char *message)
{
    int status = pm_decode(data, len, pic, rgb, message);
    if (status != PM_OK)
        return status;
    if (scaled != rgb)
        pm_resample(rgb, pic->w, scaled, lay->scaled_w, lay->scaled_h, row, x_first, x_off, x_weight, y_first, y_off, y_weight);
    if (canvas != scaled)
        place(canvas, scaled, lay);
    return pm_encode(canvas, lay->out_w, lay->out_h, lay->quality, out, out_len, message);
}
