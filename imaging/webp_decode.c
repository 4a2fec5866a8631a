//go:build webp && cgo

// WebP through libwebp. Pixels go into memory of the caller; what libwebp takes itself it gives back before it returns.

#include <webp/decode.h>

#include "webp_decode.h"

int pm_webp(const uint8_t *data, size_t len, int w, int h, int channels, uint8_t *out)
{
    WebPDecoderConfig config;
    int status;

    if (!WebPInitDecoderConfig(&config))
        return -1;
    status = WebPGetFeatures(data, len, &config.input);
    if (status != VP8_STATUS_OK)
        return status;
    if (config.input.width != w || config.input.height != h)
        return -1;
    config.output.colorspace = channels == 4 ? MODE_RGBA : MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = out;
    config.output.u.RGBA.stride = w * channels;
    config.output.u.RGBA.size = (size_t)w * h * channels;
    status = WebPDecode(data, len, &config);
    WebPFreeDecBuffer(&config.output);
    return status;
}
