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

static void down_plain(float *line, const unsigned char *const *rows, int count, const float *weight, int n)
{
    for (int i = 0; i < n; i++) {
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

// At most DEEP rows: their sums fit into 16 bits. The last step ends with the row, over some that were done.
PM_AVX2 static void down_avx2(float *line, const unsigned char *const *rows, int count, const float *weight, int n)
{
    __m256 first = _mm256_set1_ps(weight[0]), middle = _mm256_set1_ps(count > 2 ? weight[1] : 0), last = _mm256_set1_ps(weight[count - 1]);
    const unsigned char *end = rows[count - 1];
    for (int i = 0; i < n; i = i + 16 < n && i + 32 > n ? n - 16 : i + 16) {
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
}

PM_AVX512 static inline __m512 bytes_512(const unsigned char *at)
{
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)at)));
}

PM_AVX512 static inline __m512 words_512(__m256i words)
{
    return _mm512_cvtepi32_ps(_mm512_cvtepu16_epi32(words));
}

PM_AVX512 static void down_avx512(float *line, const unsigned char *const *rows, int count, const float *weight, int n)
{
    __m512 first = _mm512_set1_ps(weight[0]), middle = _mm512_set1_ps(count > 2 ? weight[1] : 0), last = _mm512_set1_ps(weight[count - 1]);
    const unsigned char *end = rows[count - 1];
    for (int i = 0; i < n; i = i + 32 < n && i + 64 > n ? n - 32 : i + 32) {
        __m512 a = _mm512_mul_ps(first, bytes_512(rows[0] + i)), b = _mm512_mul_ps(first, bytes_512(rows[0] + i + 16));
        if (count > 2) {
            __m512i sum = _mm512_cvtepu8_epi16(_mm256_loadu_si256((const __m256i *)(rows[1] + i)));
            for (int k = 2; k < count - 1; k++)
                sum = _mm512_add_epi16(sum, _mm512_cvtepu8_epi16(_mm256_loadu_si256((const __m256i *)(rows[k] + i))));
            a = _mm512_add_ps(a, _mm512_mul_ps(middle, words_512(_mm512_castsi512_si256(sum))));
            b = _mm512_add_ps(b, _mm512_mul_ps(middle, words_512(_mm512_extracti64x4_epi64(sum, 1))));
        }
        if (count > 1) {
            a = _mm512_add_ps(a, _mm512_mul_ps(last, bytes_512(end + i)));
            b = _mm512_add_ps(b, _mm512_mul_ps(last, bytes_512(end + i + 16)));
        }
        _mm512_storeu_ps(line + i, a);
        _mm512_storeu_ps(line + i + 16, b);
    }
}
#endif

void pm_area_down(float *line, const unsigned char *const *rows, int count, const float *weight, int n)
{
#ifdef PM_AVX2
    if (n >= 32 && pm_vectors() >= 512) {
        down_avx512(line, rows, count, weight, n);
        return;
    }
    if (n >= 16 && pm_vectors() >= 256) {
        down_avx2(line, rows, count, weight, n);
        return;
    }
#endif
    down_plain(line, rows, count, weight, n);
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

// The weights for QUAD pixels side by side: each one four times, tap by tap.
void pm_area_quads(float *quads, const pm_axis *xs)
{
    for (int x = 0; x < xs->dst; x++) {
        float *to = quads + (long)(x / QUAD) * xs->taps * QUAD * 4 + x % QUAD * 4;
        for (int k = 0; k < xs->taps; k++, to += QUAD * 4)
            for (int i = 0; i < 4; i++)
                to[i] = xs->weight[(long)x * xs->taps + k];
    }
}

#ifdef PM_AVX2
// Four pixels at a time. The places behind an output's last input weigh nothing, so that the number of steps is the same
// for all, and known to the compiler where it is small. SPARE bytes too many are written, which the next pixels overwrite.
// A weighted mean of bytes leaves 0 to 255 by less than rounding shows.
enum { SPARE = 4 };

static int quads_end(const pm_axis *xs)
{
    return xs->dst - QUAD - (SPARE + 2) / 3;
}

PM_AVX2 static inline __m256 two(const float *a, const float *b)
{
    return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(a)), _mm_loadu_ps(b), 1);
}

#define SQUEEZE _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1)

PM_AVX2 static inline __attribute__((always_inline)) int quads_avx2(unsigned char *dst, const pm_axis *xs, const float *line, const float *quads, int taps)
{
    const __m256 half = _mm256_set1_ps(0.5f);
    int x = 0, end = quads_end(xs);
    for (; x <= end; x += QUAD, dst += QUAD * 3) {
        const float *a = line + (long)xs->first[x] * 3, *b = line + (long)xs->first[x + 1] * 3;
        const float *c = line + (long)xs->first[x + 2] * 3, *d = line + (long)xs->first[x + 3] * 3;
        __m256 left = _mm256_mul_ps(two(a, b), _mm256_loadu_ps(quads)), right = _mm256_mul_ps(two(c, d), _mm256_loadu_ps(quads + 8));
        quads += 16;
        for (int k = 1; k < taps; k++, quads += 16) {
            left = _mm256_add_ps(left, _mm256_mul_ps(two(a + k * 3, b + k * 3), _mm256_loadu_ps(quads)));
            right = _mm256_add_ps(right, _mm256_mul_ps(two(c + k * 3, d + k * 3), _mm256_loadu_ps(quads + 8)));
        }
        __m256i words = _mm256_packs_epi32(_mm256_cvttps_epi32(_mm256_add_ps(left, half)), _mm256_cvttps_epi32(_mm256_add_ps(right, half)));
        __m256i bytes = _mm256_packus_epi16(words, words); // a c a c | b d b d
        __m128i all = _mm_unpacklo_epi32(_mm256_castsi256_si128(bytes), _mm256_extracti128_si256(bytes, 1));
        _mm_storeu_si128((__m128i *)dst, _mm_shuffle_epi8(all, SQUEEZE));
    }
    return x;
}

PM_AVX512 static inline __attribute__((always_inline)) int quads_avx512(unsigned char *dst, const pm_axis *xs, const float *line, const float *quads, int taps)
{
    const __m512 half = _mm512_set1_ps(0.5f);
    int x = 0, end = quads_end(xs);
    for (; x <= end; x += QUAD, dst += QUAD * 3) {
        const float *a = line + (long)xs->first[x] * 3, *b = line + (long)xs->first[x + 1] * 3;
        const float *c = line + (long)xs->first[x + 2] * 3, *d = line + (long)xs->first[x + 3] * 3;
        __m512 sum = half;
        for (int k = 0; k < taps; k++, quads += 16) {
            __m256 left = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(a + k * 3)), _mm_loadu_ps(b + k * 3), 1);
            __m256 right = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(c + k * 3)), _mm_loadu_ps(d + k * 3), 1);
            __m512 v = _mm512_mul_ps(_mm512_insertf32x8(_mm512_castps256_ps512(left), right, 1), _mm512_loadu_ps(quads));
            sum = k ? _mm512_add_ps(sum, v) : v;
        }
        __m128i bytes = _mm512_cvtusepi32_epi8(_mm512_cvttps_epi32(_mm512_add_ps(sum, half)));
        _mm_storeu_si128((__m128i *)dst, _mm_shuffle_epi8(bytes, SQUEEZE));
    }
    return x;
}

#define BY_TAPS(quads_across)                                  \
    switch (xs->taps) {                                        \
    case 2: return quads_across(dst, xs, line, quads, 2);      \
    case 3: return quads_across(dst, xs, line, quads, 3);      \
    case 4: return quads_across(dst, xs, line, quads, 4);      \
    case 5: return quads_across(dst, xs, line, quads, 5);      \
    case 6: return quads_across(dst, xs, line, quads, 6);      \
    }                                                          \
    return quads_across(dst, xs, line, quads, xs->taps)

PM_AVX2 static int across_avx2(unsigned char *dst, const pm_axis *xs, const float *line, const float *quads)
{
    BY_TAPS(quads_avx2);
}

PM_AVX512 static int across_avx512(unsigned char *dst, const pm_axis *xs, const float *line, const float *quads)
{
    BY_TAPS(quads_avx512);
}
#endif

void pm_area_across(unsigned char *dst, const pm_axis *xs, const float *line, const float *quads)
{
    int x = 0;
#ifdef PM_AVX2
    if (pm_vectors() >= 512)
        x = across_avx512(dst, xs, line, quads);
    else if (pm_vectors() >= 256)
        x = across_avx2(dst, xs, line, quads);
#endif
    across_from(x, dst, xs, line);
}
