//go:build turbojpeg && cgo

// Kernels with fixed-point weights of 11 bits, 6 of which stay between the passes.

#include "scale_rows.h"

#ifdef PM_AVX2
#include <immintrin.h>
#endif

enum { BETWEEN = 6, ACROSS = 11 - BETWEEN, DOWN = 11 + BETWEEN };

static inline __attribute__((always_inline)) void across_from(int x, int end, int16_t *out, const unsigned char *row, const pm_axis *xs, int taps)
{
    for (out += (long)x * 3; x < end; x++, out += 3) {
        const unsigned char *at = row + (long)xs->first[x] * 3;
        const int16_t *weight = xs->fixed + (long)x * xs->taps;
        int32_t r = 1 << (ACROSS - 1), g = r, b = r;
        for (int k = 0; k < taps; k++) {
            r += weight[k] * at[k * 3];
            g += weight[k] * at[k * 3 + 1];
            b += weight[k] * at[k * 3 + 2];
        }
        out[0] = (int16_t)(r >> ACROSS);
        out[1] = (int16_t)(g >> ACROSS);
        out[2] = (int16_t)(b >> ACROSS);
    }
}

#ifdef PM_AVX2
// Eight pixels are 24 bytes, read as two overlapping halves of 16; the shuffles pair neighbours, colour by colour, and widen
// them, for sums of two products at a time.
PM_AVX2 static void across8_avx2(int end, int16_t *out, const unsigned char *row, const pm_axis *xs)
{
    const char no = -1;
    const __m256i pair01 = _mm256_setr_epi8(0, no, 3, no, 1, no, 4, no, 2, no, 5, no, no, no, no, no,
                                            4, no, 7, no, 5, no, 8, no, 6, no, 9, no, no, no, no, no);
    const __m256i pair23 = _mm256_setr_epi8(6, no, 9, no, 7, no, 10, no, 8, no, 11, no, no, no, no, no,
                                            10, no, 13, no, 11, no, 14, no, 12, no, 15, no, no, no, no, no);
    const __m256i weigh01 = _mm256_setr_epi32(0x03020100, 0x03020100, 0x03020100, 0x03020100, 0x0b0a0908, 0x0b0a0908, 0x0b0a0908, 0x0b0a0908);
    const __m256i weigh23 = _mm256_setr_epi32(0x07060504, 0x07060504, 0x07060504, 0x07060504, 0x0f0e0d0c, 0x0f0e0d0c, 0x0f0e0d0c, 0x0f0e0d0c);
    const __m128i half = _mm_set1_epi32(1 << (ACROSS - 1));
    for (int x = 0; x < end; x++, out += 3) {
        const unsigned char *at = row + (long)xs->first[x] * 3;
        __m256i pixels = _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)at)),
                                                 _mm_loadu_si128((const __m128i *)(at + 8)), 1);
        __m256i weights = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(xs->fixed + (long)x * 8)));
        __m256i sum = _mm256_add_epi32(
            _mm256_madd_epi16(_mm256_shuffle_epi8(pixels, pair01), _mm256_shuffle_epi8(weights, weigh01)),
            _mm256_madd_epi16(_mm256_shuffle_epi8(pixels, pair23), _mm256_shuffle_epi8(weights, weigh23)));
        __m128i all = _mm_add_epi32(_mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1)), half);
        all = _mm_srai_epi32(all, ACROSS);
        _mm_storel_epi64((__m128i *)out, _mm_packs_epi32(all, all));
    }
}
#endif

void pm_taps_across(int16_t *out, const unsigned char *row, const pm_axis *xs)
{
    int end = xs->dst;
    // Near the right edge the places behind the last input would lie outside the row.
    while (end > 0 && xs->first[end - 1] + xs->taps > xs->src)
        end--;
    switch (xs->taps) {
    case 2: across_from(0, end, out, row, xs, 2); break;
    case 4: across_from(0, end, out, row, xs, 4); break;
#ifdef PM_AVX2
    case 8:
        if (__builtin_cpu_supports("avx2")) {
            across8_avx2(end, out, row, xs);
            break;
        }
        // fallthrough
#endif
    default: across_from(0, end, out, row, xs, xs->taps);
    }
    for (int x = end; x < xs->dst; x++)
        across_from(x, x + 1, out, row, xs, xs->count[x]);
}

static void down_from(int i, unsigned char *dst, const int16_t *const *rows, const int16_t *weight, int count, int n)
{
    for (; i < n; i++) {
        int32_t sum = 1 << (DOWN - 1);
        for (int k = 0; k < count; k++)
            sum += weight[k] * rows[k][i];
        sum >>= DOWN;
        dst[i] = (unsigned char)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
    }
}

#ifdef PM_AVX2
// Rows go in pairs; an odd one is paired with itself at no weight.
PM_AVX2 static void down_avx2(unsigned char *dst, const int16_t *const *rows, const int16_t *weight, int count, int n)
{
    int i = 0;
    for (; i + 16 <= n; i += 16) {
        __m256i low = _mm256_set1_epi32(1 << (DOWN - 1)), high = low;
        for (int k = 0; k < count; k += 2) {
            int next = k + 1 < count ? k + 1 : k;
            __m256i a = _mm256_loadu_si256((const __m256i *)(rows[k] + i)), b = _mm256_loadu_si256((const __m256i *)(rows[next] + i));
            __m256i w = _mm256_set1_epi32((int32_t)((uint16_t)weight[k] | (next > k ? (uint32_t)(uint16_t)weight[next] << 16 : 0)));
            low = _mm256_add_epi32(low, _mm256_madd_epi16(_mm256_unpacklo_epi16(a, b), w));
            high = _mm256_add_epi32(high, _mm256_madd_epi16(_mm256_unpackhi_epi16(a, b), w));
        }
        __m256i words = _mm256_packs_epi32(_mm256_srai_epi32(low, DOWN), _mm256_srai_epi32(high, DOWN));
        __m128i bytes = _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
        _mm_storeu_si128((__m128i *)(dst + i), bytes);
    }
    down_from(i, dst, rows, weight, count, n);
}
#endif

void pm_taps_down(unsigned char *dst, const int16_t *const *rows, const int16_t *weight, int count, int n)
{
#ifdef PM_AVX2
    if (__builtin_cpu_supports("avx2")) {
        down_avx2(dst, rows, weight, count, n);
        return;
    }
#endif
    down_from(0, dst, rows, weight, count, n);
}
