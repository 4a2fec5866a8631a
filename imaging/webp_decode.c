//go:build webp && cgo

// WebP through libwebp. Pixels go into memory of the caller; what libwebp takes itself it gives back before it returns.

#include <webp/decode.h>

#include "webp_decode.h"

// prepare wants the sides that the caller's memory is for.
static int prepare(WebPDecoderConfig *config, const uint8_t *data, size_t len, int w, int h, WEBP_CSP_MODE space)
{
    int status;

    if (!WebPInitDecoderConfig(config))
        return -1;
    status = WebPGetFeatures(data, len, &config->input);
    if (status != VP8_STATUS_OK)
        return status;
    if (config->input.width != w || config->input.height != h)
        return -1;
    config->output.colorspace = space;
    config->output.is_external_memory = 1;
    return VP8_STATUS_OK;
}

static int decode(WebPDecoderConfig *config, const uint8_t *data, size_t len)
{
    int status = WebPDecode(data, len, config);
    WebPFreeDecBuffer(&config->output);
    return status;
}

int pm_webp(const uint8_t *data, size_t len, int w, int h, int channels, uint8_t *out)
{
    WebPDecoderConfig config;
    int status = prepare(&config, data, len, w, h, channels == 4 ? MODE_RGBA : MODE_RGB);

    if (status != VP8_STATUS_OK)
        return status;
    config.output.u.RGBA = (WebPRGBABuffer){out, w * channels, (size_t)w * h * channels};
    return decode(&config, data, len);
}

int pm_webp_planes(const uint8_t *data, size_t len, int w, int h, int stride, uint8_t *y, uint8_t *u, uint8_t *v)
{
    WebPDecoderConfig config;
    int status = prepare(&config, data, len, w, h, MODE_YUV);
    size_t luma = (size_t)stride * h, chroma = (size_t)(stride / 2) * ((h + 1) / 2);

    if (status != VP8_STATUS_OK)
        return status;
    config.output.u.YUVA = (WebPYUVABuffer){
        .y = y, .u = u, .v = v, .y_stride = stride, .u_stride = stride / 2, .v_stride = stride / 2,
        .y_size = luma, .u_size = chroma, .v_size = chroma,
    };
    return decode(&config, data, len);
}
