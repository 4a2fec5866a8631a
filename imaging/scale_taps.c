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

// Eight weights as across8_avx2 multiplies them: neighbours in pairs, each pair four times; taps 0, 1 and 4, 5, then 2, 3
// and 6, 7.
void pm_taps_spread(int16_t *spread, const pm_axis *xs)
{
    static const int first[] = {0, 4, 2, 6};
    for (int x = 0; x < xs->dst; x++)
        for (int i = 0; i < PM_SPREAD; i++)
            spread[x * PM_SPREAD + i] = xs->fixed[x * PM_TAPS + first[i / 8] + i % 2];
}

#ifdef PM_AVX2
// Eight pixels are 24 bytes, read as two overlapping halves of 16; the shuffles pair neighbours, colour by colour, and widen
// them, for sums of two products at a time.
PM_AVX2 static inline __m256i sum8(const unsigned char *at, const int16_t *spread)
{
    const char no = -1;
    const __m256i pair01 = _mm256_setr_epi8(0, no, 3, no, 1, no, 4, no, 2, no, 5, no, no, no, no, no,
                                            4, no, 7, no, 5, no, 8, no, 6, no, 9, no, no, no, no, no);
    const __m256i pair23 = _mm256_setr_epi8(6, no, 9, no, 7, no, 10, no, 8, no, 11, no, no, no, no, no,
                                            10, no, 13, no, 11, no, 14, no, 12, no, 15, no, no, no, no, no);
    __m256i pixels = _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)at)),
                                             _mm_loadu_si128((const __m128i *)(at + 8)), 1);
    return _mm256_add_epi32(
        _mm256_madd_epi16(_mm256_shuffle_epi8(pixels, pair01), _mm256_loadu_si256((const __m256i *)spread)),
        _mm256_madd_epi16(_mm256_shuffle_epi8(pixels, pair23), _mm256_loadu_si256((const __m256i *)(spread + PM_SPREAD / 2))));
}

// Two outputs at a time; an odd one at the end is made with the one before.
PM_AVX2 static void across8_avx2(int end, int16_t *out, const unsigned char *row, const pm_axis *xs, const int16_t *spread)
{
    const __m256i half = _mm256_set1_epi32(1 << (ACROSS - 1));
    for (int x = 0; x < end; x = x + 2 < end && x + 4 > end ? end - 2 : x + 2) {
        __m256i a = sum8(row + (long)xs->first[x] * 3, spread + x * PM_SPREAD);
        __m256i b = sum8(row + (long)xs->first[x + 1] * 3, spread + (x + 1) * PM_SPREAD);
        __m256i both = _mm256_add_epi32(_mm256_permute2x128_si256(a, b, 0x20), _mm256_permute2x128_si256(a, b, 0x31));
        both = _mm256_srai_epi32(_mm256_add_epi32(both, half), ACROSS);
        both = _mm256_packs_epi32(both, both);
        _mm_storel_epi64((__m128i *)(out + x * 3), _mm256_castsi256_si128(both));
        _mm_storel_epi64((__m128i *)(out + x * 3 + 3), _mm256_extracti128_si256(both, 1));
    }
}
#endif

void pm_taps_across(int16_t *out, const unsigned char *row, const pm_axis *xs, const int16_t *spread)
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
        if (end > 1 && pm_vectors() >= 256) {
            across8_avx2(end, out, row, xs, spread);
            break;
        }
        // fallthrough
#endif
    default: across_from(0, end, out, row, xs, xs->taps);
    }
    for (int x = end; x < xs->dst; x++)
        across_from(x, x + 1, out, row, xs, xs->count[x]);
}

static void down_plain(unsigned char *dst, const int16_t *const *rows, const int16_t *weight, int count, int n)
{
    for (int i = 0; i < n; i++) {
        int32_t sum = 1 << (DOWN - 1);
        for (int k = 0; k < count; k++)
            sum += weight[k] * rows[k][i];
        sum >>= DOWN;
        dst[i] = (unsigned char)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
    }
}

#ifdef PM_AVX2
// Rows go in pairs; an odd one is paired with itself at no weight. The last step ends with the row, over some that were done.
static inline int32_t pair_of(const int16_t *weight, int k, int count)
{
    return (int32_t)((uint16_t)weight[k] | (k + 1 < count ? (uint32_t)(uint16_t)weight[k + 1] << 16 : 0));
}

PM_AVX2 static void down_avx2(unsigned char *dst, const int16_t *const *rows, const int16_t *weight, int count, int n)
{
    for (int i = 0; i < n; i = i + 16 < n && i + 32 > n ? n - 16 : i + 16) {
        __m256i low = _mm256_set1_epi32(1 << (DOWN - 1)), high = low;
        for (int k = 0; k < count; k += 2) {
            int next = k + 1 < count ? k + 1 : k;
            __m256i a = _mm256_loadu_si256((const __m256i *)(rows[k] + i)), b = _mm256_loadu_si256((const __m256i *)(rows[next] + i));
            __m256i w = _mm256_set1_epi32(pair_of(weight, k, count));
            low = _mm256_add_epi32(low, _mm256_madd_epi16(_mm256_unpacklo_epi16(a, b), w));
            high = _mm256_add_epi32(high, _mm256_madd_epi16(_mm256_unpackhi_epi16(a, b), w));
        }
        __m256i words = _mm256_packs_epi32(_mm256_srai_epi32(low, DOWN), _mm256_srai_epi32(high, DOWN));
        __m128i bytes = _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
        _mm_storeu_si128((__m128i *)(dst + i), bytes);
    }
}

PM_AVX512 static void down_avx512(unsigned char *dst, const int16_t *const *rows, const int16_t *weight, int count, int n)
{
    for (int i = 0; i < n; i = i + 32 < n && i + 64 > n ? n - 32 : i + 32) {
        __m512i low = _mm512_set1_epi32(1 << (DOWN - 1)), high = low;
        for (int k = 0; k < count; k += 2) {
            int next = k + 1 < count ? k + 1 : k;
            __m512i a = _mm512_loadu_si512(rows[k] + i), b = _mm512_loadu_si512(rows[next] + i);
            __m512i w = _mm512_set1_epi32(pair_of(weight, k, count));
            low = _mm512_add_epi32(low, _mm512_madd_epi16(_mm512_unpacklo_epi16(a, b), w));
            high = _mm512_add_epi32(high, _mm512_madd_epi16(_mm512_unpackhi_epi16(a, b), w));
        }
        __m512i words = _mm512_packs_epi32(_mm512_srai_epi32(low, DOWN), _mm512_srai_epi32(high, DOWN));
        __m256i bytes = _mm512_cvtusepi16_epi8(_mm512_max_epi16(words, _mm512_setzero_si512()));
        _mm256_storeu_si256((__m256i *)(dst + i), bytes);
    }
}
#endif

void pm_taps_down(unsigned char *dst, const int16_t *const *rows, const int16_t *weight, int count, int n)
{
#ifdef PM_AVX2
    if (n >= 32 && pm_vectors() >= 512) {
        down_avx512(dst, rows, weight, count, n);
        return;
    }
    if (n >= 16 && pm_vectors() >= 256) {
        down_avx2(dst, rows, weight, count, n);
        return;
    }
#endif
    down_plain(dst, rows, weight, count, n);
}
