// What jpeg_turbo.go asks of C. No function keeps a pointer past its return, allocates pixels, or starts a thread.

#ifndef PAIRMILL_IMAGING_TURBO_H
#define PAIRMILL_IMAGING_TURBO_H

#include <stdint.h>

enum { PM_OK = 0, PM_DECODE = 1, PM_ENCODE = 2 };

enum { PM_MESSAGE = 256 };

// pm_picture is a JPEG as its header was read in Go; a decoder that sees other sides is an error.
typedef struct {
    int32_t w, h;
    int32_t components;
    int32_t inverted; // CMYK samples are stored inverted (Adobe)
} pm_picture;

// pm_layout says how scaled pixels come onto the canvas. base, right and down are byte steps through the scaled
// picture that turn it upright; see walk in orient.go.
typedef struct {
    int32_t scaled_w, scaled_h;
    int32_t base, right, down;
    int32_t w, h, src_x, src_y, dst_x, dst_y; // piece in mode.go
    int32_t out_w, out_h;
    int32_t quality;
} pm_layout;

// pm_decode writes w*h*3 bytes of RGB; rgb must hold w*h*components, at least w*h*3.
int pm_decode(const unsigned char *data, unsigned long len, const pm_picture *pic, unsigned char *rgb, char *message);

// pm_encode writes a 4:2:0 JPEG; *out_len is the room in out (pm_bound), then the length.
int pm_encode(const unsigned char *rgb, int w, int h, int quality, unsigned char *out, unsigned long *out_len, char *message);

unsigned long pm_bound(int w, int h);

// pm_resample scales w*h pixels by two axes (axis in axis.go). row must hold w*3+1 floats.
void pm_resample(const unsigned char *src, int w, unsigned char *dst, int dst_w, int dst_h, float *row,
                 const int32_t *x_first, const int32_t *x_off, const float *x_weight,
                 const int32_t *y_first, const int32_t *y_off, const float *y_weight);

// pm_transcode decodes, scales, places and encodes in one go. scaled may equal rgb (no scaling), canvas may equal scaled
// (nothing to place).
int pm_transcode(const unsigned char *data, unsigned long len, const pm_picture *pic, const pm_layout *lay,
                 unsigned char *rgb, unsigned char *scaled, unsigned char *canvas, float *row,
                 const int32_t *x_first, const int32_t *x_off, const float *x_weight,
                 const int32_t *y_first, const int32_t *y_off, const float *y_weight,
                 unsigned char *out, unsigned long *out_len, char *message);

const char *pm_version(void);

#endif
