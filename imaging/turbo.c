//go:build turbojpeg && cgo

// JPEG through the TurboJPEG API. Buffers belong to the caller; handles live for one call, so that nothing of one picture reaches the
// next.

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

// Harmless warnings are about the container; every pixel is there.
int pm_harmless(const char *message)
{
    static const char *const notes[] = {"extraneous bytes before marker", "unknown JFIF revision", "Unknown Adobe color transform",
                                        "bad ICC marker", "Invalid SOS parameters"};
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++)
        if (strstr(message, notes[i]))
            return 1;
    return 0;
}

// The library keeps the first warning of a picture.
static int harmless(tjhandle handle)
{
    return tjGetErrorCode(handle) == TJERR_WARNING && pm_harmless(tjGetErrorStr2(handle));
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
