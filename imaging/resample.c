//go:build turbojpeg && cgo

// The C twin of resample.go: the same sums in the same order, in loops that compilers vectorise. Multiplication and
// addition stay separate (-std=c11 tells GCC so, the pragma Clang), so both give the same bits.

#include <string.h>

#include "turbo.h"

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
#define PM_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define PM_CLONES
#endif

typedef float lanes __attribute__((vector_size(16)));

PM_CLONES static void set_line(float *restrict row, const unsigned char *restrict line, int n, float weight)
{
    for (int i = 0; i < n; i++)
        row[i] = weight * (float)line[i];
}

PM_CLONES static void add_line(float *restrict row, const unsigned char *restrict line, int n, float weight)
{
    for (int i = 0; i < n; i++)
        row[i] += weight * (float)line[i];
}

static unsigned char round8(float v)
{
    v += 0.5f;
    if (v < 0.0f)
        return 0;
    return v > 255.0f ? 255 : (unsigned char)v;
}

// One pixel is three of four lanes; the fourth reads the next pixel, or the spare float at the end, and is dropped.
static void row_sums(unsigned char *dst, int dst_w, const float *row, const int32_t *first, const int32_t *off, const float *weight)
{
    for (int x = 0; x < dst_w; x++) {
        const float *at = row + (long)first[x] * 3;
        lanes sum = {0, 0, 0, 0};
        for (int32_t k = off[x]; k < off[x + 1]; k++, at += 3) {
            lanes v;
            memcpy(&v, at, sizeof v);
            sum += v * weight[k];
        }
        dst[0] = round8(sum[0]);
        dst[1] = round8(sum[1]);
        dst[2] = round8(sum[2]);
        dst += 3;
    }
}

void pm_resample(const unsigned char *src, int w, unsigned char *dst, int dst_w, int dst_h, float *row,
                 const int32_t *x_first, const int32_t *x_off, const float *x_weight,
                 const int32_t *y_first, const int32_t *y_off, const float *y_weight)
{
    int n = w * 3;
    row[n] = 0;
    for (int y = 0; y < dst_h; y++) {
        const unsigned char *line = src + (long)y_first[y] * n;
        int32_t k = y_off[y];
        set_line(row, line, n, y_weight[k]);
        for (k++; k < y_off[y + 1]; k++) {
            line += n;
            add_line(row, line, n, y_weight[k]);
        }
        row_sums(dst + (long)y * dst_w * 3, dst_w, row, x_first, x_off, x_weight);
    }
}
