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
#define PM_AVX512 __attribute__((target("avx2,avx512f,avx512bw,avx512dq,avx512vl")))
#endif

// pm_vectors is the widest vectors that there are: 512 bits, 256 or 0 for none. pm_limit_vectors lowers it, so that tests
// can compare the kernels.
int pm_vectors(void);

// pm_area_down weighs count rows; all but the first and the last weigh weight[1].
void pm_area_down(float *line, const unsigned char *const *rows, int count, const float *weight, int n);

// pm_area_quads fills the table that pm_area_across wants: taps times four floats for each output, outputs rounded up to
// whole groups of QUAD.
enum { QUAD = 4 };
void pm_area_quads(float *quads, const pm_axis *xs);
void pm_area_across(unsigned char *dst, const pm_axis *xs, const float *line, const float *quads);

// The same for rows that come one by one; whole is the number of rows added before.
void pm_deep_first(float *line, const unsigned char *row, int n, float weight);
void pm_deep_add(uint16_t *sums, uint32_t *wide, const unsigned char *row, int n, int whole);
void pm_deep_end(float *line, const uint16_t *sums, const uint32_t *wide, const unsigned char *row, int n, int whole, float middle, float last);

// Rows between the passes have 6 bits behind the point. out must have room for one pixel more.
// Eight taps are wanted as pm_taps_spread lays them out, PM_SPREAD for each output.
enum { PM_SPREAD = 32 };
void pm_taps_spread(int16_t *spread, const pm_axis *xs);
void pm_taps_across(int16_t *out, const unsigned char *row, const pm_axis *xs, const int16_t *spread);
void pm_taps_down(unsigned char *dst, const int16_t *const *rows, const int16_t *weight, int count, int n);

#endif
