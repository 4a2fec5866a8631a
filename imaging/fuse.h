// JPEG to JPEG in one go. Rows are scaled while they are still in the cache, so that the whole picture never exists.

#ifndef PAIRMILL_IMAGING_FUSE_H
#define PAIRMILL_IMAGING_FUSE_H

#include "scale.h"
#include "turbo.h"

// pm_layout says how scaled pixels come onto the canvas. base, right and down are byte steps through the scaled
// picture that turn it upright; see walk in orient.go.
typedef struct {
    int32_t half; // decode at half size; the axes start from it
    int32_t pass; // nothing is scaled, turned or placed: samples may pass in their own colours
    int32_t base, right, down;
    int32_t w, h, src_x, src_y, dst_x, dst_y; // piece in mode.go
    int32_t out_w, out_h;
    int32_t quality;
} pm_layout;

// pm_buffers is the caller's memory. scaled takes the scaled picture; canvas the output, and may equal scaled when nothing
// is to be placed; out the encoded bytes, out_len of them (pm_bound).
typedef struct {
    unsigned char *work; // pm_work_size bytes, aligned to 64
    unsigned char *scaled, *canvas, *out;
    unsigned long out_len;
} pm_buffers;

// pm_work_size is what work must hold. No scaling is told by ys.dst == 0.
long pm_work_size(pm_axis xs, pm_axis ys);

// pm_made is what pm_transcode made: len bytes in out. Where the samples passed (passed), scaled holds their luma, rows of
// luma_stride bytes, and no RGB.
typedef struct {
    unsigned long len;
    long luma_stride;
    int32_t passed;
} pm_made;

// pm_transcode returns PM_OK, or what failed, with a message of PM_MESSAGE bytes at most.
int pm_transcode(const unsigned char *data, unsigned long len, pm_picture pic, pm_layout lay, pm_axis xs, pm_axis ys,
                 pm_buffers mem, pm_made *made, char *message);

// pm_encode writes a 4:2:0 JPEG into out, which has *out_len bytes (pm_bound), and says how many it took.
int pm_encode(const unsigned char *rgb, int w, int h, int quality, unsigned char *out, unsigned long *out_len, char *message);

// pm_pass is pm_transcode for a picture that keeps its size; PM_OTHER when its samples cannot pass.
// mem->scaled has pm_pass_size bytes then.
enum { PM_OTHER = 3 };
long pm_pass_size(int w, int h);
int pm_pass(const unsigned char *data, unsigned long len, const pm_picture *pic, const pm_layout *lay, const pm_buffers *mem,
            pm_made *made, char *message);

#endif
