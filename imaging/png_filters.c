//go:build deflate && cgo

// Each pixel waits for the one to its left, so what counts is how few steps lie between the two.

#include "png_filters.h"

#include <string.h>

#include "png_plain.h"

#ifdef __SSE2__
#include <tmmintrin.h>
#endif

static int limited;

void pm_limit_filters(int limit)
{
    limited = limit;
}

static void sub(uint8_t *out, const uint8_t *in, long i, long n, int bpp)
{
    for (; i < n; i++)
        out[i] = (uint8_t)(in[i] + (i < bpp ? 0 : out[i - bpp]));
}

static void up(uint8_t *out, const uint8_t *in, const uint8_t *above, long n)
{
    long i = 0;
    for (; i + 16 <= n; i += 16) {
        uint8_t v[16], a[16];
        memcpy(v, in + i, 16);
        memcpy(a, above + i, 16);
        for (int k = 0; k < 16; k++)
            v[k] = (uint8_t)(v[k] + a[k]);
        memcpy(out + i, v, 16);
    }
    for (; i < n; i++)
        out[i] = (uint8_t)(in[i] + above[i]);
}

// average takes the missing row above the first as zeros.
static void average(uint8_t *out, const uint8_t *in, const uint8_t *above, long n, int bpp)
{
    for (long i = 0; i < n; i++)
        out[i] = (uint8_t)(in[i] + ((i < bpp ? 0 : out[i - bpp]) + (above ? above[i] : 0)) / 2);
}

static int apart(int a, int b)
{
    return a < b ? b - a : a - b;
}

static void paeth(uint8_t *out, const uint8_t *in, const uint8_t *above, long n, int bpp)
{
    for (long i = 0; i < n; i++) {
        int a = i < bpp ? 0 : out[i - bpp], b = above[i], c = i < bpp ? 0 : above[i - bpp];
        int pa = apart(b, c), pb = apart(a, c), pc = apart(a + b, 2 * c);
        int nearest = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
        out[i] = (uint8_t)(in[i] + nearest);
    }
}

#ifdef __SSE2__

static __m128i load_pixel(const uint8_t *p)
{
    int32_t v;
    memcpy(&v, p, 4);
    return _mm_cvtsi32_si128(v);
}

static void store_pixel(uint8_t *p, __m128i v)
{
    int32_t w = _mm_cvtsi128_si32(v);
    memcpy(p, &w, 4);
}

// sub_run sums within 16 bytes in steps that double, and adds the last pixel before them to all.
static inline long sub_four(uint8_t *out, const uint8_t *in, long n)
{
    __m128i last = _mm_setzero_si128();
    long i = 0;
    for (; i + 16 <= n; i += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(in + i));
        v = _mm_add_epi8(v, _mm_slli_si128(v, 4));
        v = _mm_add_epi8(v, _mm_slli_si128(v, 8));
        v = _mm_add_epi8(v, last);
        _mm_storeu_si128((__m128i *)(out + i), v);
        last = _mm_shuffle_epi32(v, 0xff);
    }
    return i;
}

// The sixteenth byte belongs to the next pixel, and is written again with it.
__attribute__((target("ssse3"))) static long sub_three(uint8_t *out, const uint8_t *in, long n)
{
    const __m128i fifth = _mm_setr_epi8(12, 13, 14, 12, 13, 14, 12, 13, 14, 12, 13, 14, 12, 13, 14, 12);
    __m128i last = _mm_setzero_si128();
    long i = 0;
    for (; i + 16 <= n; i += 15) {
        __m128i v = _mm_loadu_si128((const __m128i *)(in + i));
        v = _mm_add_epi8(v, _mm_slli_si128(v, 3));
        v = _mm_add_epi8(v, _mm_slli_si128(v, 6));
        v = _mm_add_epi8(v, _mm_slli_si128(v, 12));
        v = _mm_add_epi8(v, last);
        _mm_storeu_si128((__m128i *)(out + i), v);
        last = _mm_shuffle_epi8(v, fifth);
    }
    return i;
}

static long sub_run(uint8_t *out, const uint8_t *in, long n, int bpp)
{
    if (bpp == 4)
        return sub_four(out, in, n);
    if (bpp == 3 && !limited && __builtin_cpu_supports("ssse3"))
        return sub_three(out, in, n);
    return 0;
}

// The processor's average rounds up.
static inline void average_pixels(uint8_t *out, const uint8_t *in, const uint8_t *above, long n, int bpp)
{
    const __m128i one = _mm_set1_epi8(1);
    __m128i left = _mm_setzero_si128();
    for (long i = 0; i < n; i += bpp) {
        __m128i a = load_pixel(above + i);
        __m128i odd = _mm_and_si128(_mm_xor_si128(a, left), one);
        left = _mm_add_epi8(load_pixel(in + i), _mm_sub_epi8(_mm_avg_epu8(a, left), odd));
        store_pixel(out + i, left);
    }
}

static __m128i distance(__m128i v)
{
    return _mm_max_epi16(v, _mm_sub_epi16(_mm_setzero_si128(), v));
}

static __m128i choose(__m128i mask, __m128i yes, __m128i no)
{
    return _mm_or_si128(_mm_and_si128(mask, yes), _mm_andnot_si128(mask, no));
}

// a is to the left, b above, c above a, in 16 bits each.
static inline void paeth_pixels(uint8_t *out, const uint8_t *in, const uint8_t *above, long n, int bpp)
{
    const __m128i zero = _mm_setzero_si128();
    __m128i a = zero, c = zero;
    for (long i = 0; i < n; i += bpp) {
        __m128i b = _mm_unpacklo_epi8(load_pixel(above + i), zero);
        __m128i toward_a = _mm_sub_epi16(b, c), toward_b = _mm_sub_epi16(a, c);
        __m128i pa = distance(toward_a), pb = distance(toward_b), pc = distance(_mm_add_epi16(toward_a, toward_b));
        __m128i least = _mm_min_epi16(pc, _mm_min_epi16(pa, pb));
        __m128i nearest = choose(_mm_cmpeq_epi16(least, pa), a, choose(_mm_cmpeq_epi16(least, pb), b, c));
        __m128i v = _mm_unpacklo_epi8(load_pixel(in + i), zero);
        a = _mm_and_si128(_mm_add_epi16(v, nearest), _mm_set1_epi16(255));
        c = b;
        store_pixel(out + i, _mm_packus_epi16(a, a));
    }
}

#else

static long sub_run(uint8_t *out, const uint8_t *in, long n, int bpp)
{
    return 0;
}

#define average_pixels average
#define paeth_pixels paeth

#endif

// A filter looks at the row above only; a number for bpp lets the compiler make loops of their own.
void pm_unfilter(int type, uint8_t *out, const uint8_t *in, const uint8_t *above, long n, int bpp)
{
    if (!above && type == 2)
        type = 0;
    if (!above && type == 4)
        type = 1; // the nearest of left, zero and zero is left
    switch (type) {
    case 0:
        memmove(out, in, n);
        break;
    case 1:
        sub(out, in, sub_run(out, in, n, bpp), n, bpp);
        break;
    case 2:
        up(out, in, above, n);
        break;
    case 3:
        if (above && bpp == 3)
            average_pixels(out, in, above, n, 3);
        else if (above && bpp == 4)
            average_pixels(out, in, above, n, 4);
        else
            average(out, in, above, n, bpp);
        break;
    case 4:
        if (bpp == 3)
            paeth_pixels(out, in, above, n, 3);
        else if (bpp == 4)
            paeth_pixels(out, in, above, n, 4);
        else
            paeth(out, in, above, n, bpp);
    }
}
