//go:build turbojpeg && cgo

// Averages. Multiplication and addition of floats stay separate (-std=c11 tells GCC so, the pragma Clang), so that C and
// Go give the same bits.

#include "scale_rows.h"

#include <string.h>

#ifdef PM_AVX2
#include <immintrin.h>
#endif

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

typedef float lanes __attribute__((vector_size(16)));

static void down_from(int i, float *line, const unsigned char *const *rows, int count, const float *weight, int n)
{
    for (; i < n; i++) {
        float v = weight[0] * (float)rows[0][i];
        if (count > 2) {
            int sum = 0;
            for (int k = 1; k < count - 1; k++)
                sum += rows[k][i];
            v = v + weight[1] * (float)sum;
        }
        if (count > 1)
            v = v + weight[count - 1] * (float)rows[count - 1][i];
        line[i] = v;
    }
}

#ifdef PM_AVX2
PM_AVX2 static inline __m256 bytes_ps(const unsigned char *at)
{
    return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)at)));
}

PM_AVX2 static inline __m256 words_ps(__m128i words)
{
    return _mm256_cvtepi32_ps(_mm256_cvtepu16_epi32(words));
}

// At most DEEP rows: their sums fit into 16 bits.
PM_AVX2 static void down_avx2(float *line, const unsigned char *const *rows, int count, const float *weight, int n)
{
    __m256 first = _mm256_set1_ps(weight[0]), middle = _mm256_set1_ps(count > 2 ? weight[1] : 0), last = _mm256_set1_ps(weight[count - 1]);
    const unsigned char *end = rows[count - 1];
    int i = 0;
    for (; i + 16 <= n; i += 16) {
        __m256 a = _mm256_mul_ps(first, bytes_ps(rows[0] + i)), b = _mm256_mul_ps(first, bytes_ps(rows[0] + i + 8));
        if (count > 2) {
            __m256i sum = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(rows[1] + i)));
            for (int k = 2; k < count - 1; k++)
                sum = _mm256_add_epi16(sum, _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(rows[k] + i))));
            a = _mm256_add_ps(a, _mm256_mul_ps(middle, words_ps(_mm256_castsi256_si128(sum))));
            b = _mm256_add_ps(b, _mm256_mul_ps(middle, words_ps(_mm256_extracti128_si256(sum, 1))));
        }
        if (count > 1) {
            a = _mm256_add_ps(a, _mm256_mul_ps(last, bytes_ps(end + i)));
            b = _mm256_add_ps(b, _mm256_mul_ps(last, bytes_ps(end + i + 8)));
        }
        _mm256_storeu_ps(line + i, a);
        _mm256_storeu_ps(line + i + 8, b);
    }
    down_from(i, line, rows, count, weight, n);
}
#endif

void pm_area_down(float *line, const unsigned char *const *rows, int count, const float *weight, int n)
{
#ifdef PM_AVX2
    if (__builtin_cpu_supports("avx2")) {
        down_avx2(line, rows, count, weight, n);
        return;
    }
#endif
    down_from(0, line, rows, count, weight, n);
}

PM_CLONES void pm_deep_first(float *line, const unsigned char *row, int n, float weight)
{
    for (int i = 0; i < n; i++)
        line[i] = weight * (float)row[i];
}

// NARROW is how many rows of bytes fit into 16 bits.
enum { NARROW = 257 };

PM_CLONES void pm_deep_add(uint16_t *sums, uint32_t *wide, const unsigned char *row, int n, int whole)
{
    if (whole == 0)
        memset(sums, 0, (size_t)n * sizeof *sums);
    if (whole < NARROW) {
        for (int i = 0; i < n; i++)
            sums[i] = (uint16_t)(sums[i] + row[i]);
        return;
    }
    if (whole == NARROW)
        for (int i = 0; i < n; i++)
            wide[i] = sums[i];
    for (int i = 0; i < n; i++)
        wide[i] += row[i];
}

PM_CLONES void pm_deep_end(float *line, const uint16_t *sums, const uint32_t *wide, const unsigned char *row, int n, int whole, float middle, float last)
{
    if (whole > NARROW)
        for (int i = 0; i < n; i++)
            line[i] = line[i] + middle * (float)(int32_t)wide[i];
    else if (whole > 0)
        for (int i = 0; i < n; i++)
            line[i] = line[i] + middle * (float)sums[i];
    for (int i = 0; i < n; i++)
        line[i] = line[i] + last * (float)row[i];
}

static inline lanes tap(const float *at, float weight)
{
    lanes v;
    memcpy(&v, at, sizeof v);
    return v * weight;
}

static unsigned char round8(float v)
{
    v += 0.5f;
    if (v < 0.0f)
        return 0;
    return v > 255.0f ? 255 : (unsigned char)v;
}

// One pixel is three of four lanes; the fourth reads the next pixel and is dropped.
static void across_from(int x, unsigned char *dst, const pm_axis *xs, const float *line)
{
    for (dst += (long)x * 3; x < xs->dst; x++, dst += 3) {
        const float *at = line + (long)xs->first[x] * 3, *weight = xs->weight + (long)x * xs->taps;
        lanes sum = tap(at, weight[0]);
        for (int k = 1; k < xs->count[x]; k++)
            sum += tap(at + k * 3, weight[k]);
        dst[0] = round8(sum[0]);
        dst[1] = round8(sum[1]);
        dst[2] = round8(sum[2]);
    }
}

// The weights for two pixels side by side: each one four times, tap by tap.
void pm_area_pairs(float *pairs, const pm_axis *xs)
{
    for (int x = 0; x < xs->dst; x++) {
        float *to = pairs + (long)(x / 2) * xs->taps * 8 + x % 2 * 4;
        for (int k = 0; k < xs->taps; k++, to += 8)
            for (int i = 0; i < 4; i++)
                to[i] = xs->weight[(long)x * xs->taps + k];
    }
}

#ifdef PM_AVX2
// The places behind an output's last input weigh nothing, so that the number of steps is the same for all, and known to the
// compiler where it is small. Two bytes too many are written, which the next pixel overwrites.
PM_AVX2 static inline __attribute__((always_inline)) int pairs_across(unsigned char *dst, const pm_axis *xs, const float *line, const float *pairs, int taps)
{
    const __m256 half = _mm256_set1_ps(0.5f), zero = _mm256_setzero_ps(), white = _mm256_set1_ps(255.0f);
    const __m128i squeeze = _mm_setr_epi8(0, 1, 2, 4, 5, 6, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1);
    int x = 0, end = xs->dst - 2;
    for (; x < end; x += 2, dst += 6) {
        const float *a = line + (long)xs->first[x] * 3, *b = line + (long)xs->first[x + 1] * 3;
        __m256 sum = zero;
        for (int k = 0; k < taps; k++, a += 3, b += 3, pairs += 8) {
            __m256 v = _mm256_mul_ps(_mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(a)), _mm_loadu_ps(b), 1), _mm256_loadu_ps(pairs));
            sum = k ? _mm256_add_ps(sum, v) : v;
        }
        __m256i words = _mm256_cvttps_epi32(_mm256_min_ps(_mm256_max_ps(_mm256_add_ps(sum, half), zero), white));
        __m128i both = _mm_packs_epi32(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
        _mm_storel_epi64((__m128i *)dst, _mm_shuffle_epi8(_mm_packus_epi16(both, both), squeeze));
    }
    return x;
}

PM_AVX2 static int across_avx2(unsigned char *dst, const pm_axis *xs, const float *line, const float *pairs)
{
    switch (xs->taps) {
    case 2: return pairs_across(dst, xs, line, pairs, 2);
    case 3: return pairs_across(dst, xs, line, pairs, 3);
    case 4: return pairs_across(dst, xs, line, pairs, 4);
    case 5: return pairs_across(dst, xs, line, pairs, 5);
    case 6: return pairs_across(dst, xs, line, pairs, 6);
    }
    return pairs_across(dst, xs, line, pairs, xs->taps);
}
#endif

void pm_area_across(unsigned char *dst, const pm_axis *xs, const float *line, const float *pairs)
{
    int x = 0;
#ifdef PM_AVX2
    if (__builtin_cpu_supports("avx2"))
        x = across_avx2(dst, xs, line, pairs);
#endif
    across_from(x, dst, xs, line);
}
