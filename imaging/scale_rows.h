// The arithmetic of scale.c, one row at a time. n counts bytes of a row.

#ifndef PAIRMILL_IMAGING_SCALE_ROWS_H
#define PAIRMILL_IMAGING_SCALE_ROWS_H

#include "scale.h"

// PM_TAPS is the most taps of a fixed-point axis.
enum { PM_TAPS = 8 };

#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
#define PM_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define PM_CLONES
#endif

#if defined(__x86_64__) && defined(__GNUC__)
#define PM_AVX2 __attribute__((target("avx2")))
#endif

// pm_area_down weighs count rows; all but the first and the last weigh weight[1].
void pm_area_down(float *line, const unsigned char *const *rows, int count, const float *weight, int n);

// pm_area_pairs fills the table that pm_area_across wants: (dst + 1) / 2 * taps * 8 floats.
void pm_area_pairs(float *pairs, const pm_axis *xs);
void pm_area_across(unsigned char *dst, const pm_axis *xs, const float *line, const float *pairs);

// The same for rows that come one by one; whole is the number of rows added before.
void pm_deep_first(float *line, const unsigned char *row, int n, float weight);
void pm_deep_add(uint16_t *sums, uint32_t *wide, const unsigned char *row, int n, int whole);
void pm_deep_end(float *line, const uint16_t *sums, const uint32_t *wide, const unsigned char *row, int n, int whole, float middle, float last);

// Rows between the passes have 6 bits behind the point. out must have room for one pixel more.
void pm_taps_across(int16_t *out, const unsigned char *row, const pm_axis *xs);
void pm_taps_down(unsigned char *dst, const int16_t *const *rows, const int16_t *weight, int count, int n);

#endif
