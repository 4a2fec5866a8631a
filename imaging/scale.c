//go:build turbojpeg && cgo

// The C twin of resample.go: the same sums in the same order. Which output row comes when is here, the arithmetic in
// scale_area.c and scale_taps.c.

#include "scale_rows.h"

#include <string.h>

static int widest = 512;

void pm_limit_vectors(int bits)
{
    widest = bits;
}

int pm_vectors(void)
{
    int found = 0;
#ifdef PM_AVX2
    if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        found = 512;
    else if (__builtin_cpu_supports("avx2"))
        found = 256;
#endif
    return found < widest ? found : widest;
}

enum { PAD = 64 };

// DEEP is from how many rows on an area is summed as they come. Below, the rows are kept and summed in one go.
enum { DEEP = PM_PLANE_ROWS };

static long padded(long bytes)
{
    return (bytes + PAD - 1) / PAD * PAD + PAD;
}

// Reading the last output's places may run past the row; what lies there is zero.
static long line_length(const pm_axis *xs)
{
    return ((long)xs->src + xs->taps) * 3 + 16;
}

static long quads_size(const pm_axis *xs)
{
    return ((long)xs->dst + QUAD - 1) / QUAD * QUAD * xs->taps * 4 * (long)sizeof(float);
}

long pm_scaler_rows(pm_axis ys)
{
    return ys.weight && ys.taps > DEEP ? 0 : ys.taps;
}

long pm_scaler_size(pm_axis xs, pm_axis ys)
{
    long n = line_length(&xs);
    if (ys.weight)
        return padded(n * 4) + padded(quads_size(&xs)) + (pm_scaler_rows(ys) ? 0 : padded(n * 2) + padded(n * 4));
    return padded((long)xs.dst * 3 * 2) * ys.taps + (xs.taps == PM_TAPS ? (long)xs.dst * PM_SPREAD * 2 : 0);
}

void pm_scaler_start(pm_scaler *s, const pm_axis *xs, const pm_axis *ys, pm_rows in, unsigned char *dst, void *work)
{
    long n = line_length(xs);
    char *at = work;
    memset(s, 0, sizeof *s);
    s->xs = *xs;
    s->ys = *ys;
    s->in = in;
    s->dst = dst;
    if (!ys->weight) {
        s->ring = (int16_t *)at;
        s->spread = (int16_t *)(at + padded((long)xs->dst * 3 * 2) * ys->taps);
        if (xs->taps == PM_TAPS)
            pm_taps_spread(s->spread, xs);
        return;
    }
    s->line = (float *)at;
    memset(s->line + (long)xs->src * 3, 0, (n - (long)xs->src * 3) * 4);
    s->quads = (float *)(at += padded(n * 4));
    pm_area_quads(s->quads, xs);
    s->sums = (uint16_t *)(at += padded(quads_size(xs)));
    s->wide = (uint32_t *)(at + padded(n * 2));
}

static const unsigned char *row_at(const pm_scaler *s, int i)
{
    return s->in.base + i % s->in.kept * s->in.stride;
}

// area_kept makes the current output row of kept rows.
static void area_kept(pm_scaler *s)
{
    const unsigned char *rows[DEEP];
    int first = s->ys.first[s->y], count = s->ys.count[s->y];
    for (int k = 0; k < count; k++)
        rows[k] = row_at(s, first + k);
    pm_area_down(s->line, rows, count, s->ys.weight + (long)s->y * s->ys.taps, s->xs.src * 3);
    pm_area_across(s->dst + (long)s->y * s->xs.dst * 3, &s->xs, s->line, s->quads);
}

// area_deep takes row i into the output row that is being made, and into the next when the border lies within it.
static void area_deep(pm_scaler *s, int i)
{
    int n = s->xs.src * 3;
    const unsigned char *row = row_at(s, i);
    for (; s->y < s->ys.dst; s->y++) {
        int k = i - s->ys.first[s->y], last = s->ys.count[s->y] - 1;
        const float *weight = s->ys.weight + (long)s->y * s->ys.taps;
        if (k < 0)
            return;
        if (k == 0)
            pm_deep_first(s->line, row, n, weight[0]), s->whole = 0;
        if (k > 0 && k < last)
            pm_deep_add(s->sums, s->wide, row, n, s->whole++);
        if (k < last)
            return;
        if (k > 0)
            pm_deep_end(s->line, s->sums, s->wide, row, n, s->whole, weight[1], weight[k]);
        pm_area_across(s->dst + (long)s->y * s->xs.dst * 3, &s->xs, s->line, s->quads);
    }
}

static void taps_row(pm_scaler *s)
{
    const int16_t *rows[PM_TAPS];
    long stride = padded((long)s->xs.dst * 3 * 2) / 2;
    int first = s->ys.first[s->y], count = s->ys.count[s->y], n = s->xs.dst * 3;
    s->across = s->across < first ? first : s->across;
    for (; s->across < first + count; s->across++)
        pm_taps_across(s->ring + s->across % s->ys.taps * stride, row_at(s, s->across), &s->xs, s->spread);
    for (int k = 0; k < count; k++)
        rows[k] = s->ring + (first + k) % s->ys.taps * stride;
    pm_taps_down(s->dst + (long)s->y * n, rows, s->ys.fixed + (long)s->y * s->ys.taps, count, n);
}

void pm_scaler_go(pm_scaler *s, int have)
{
    if (pm_scaler_rows(s->ys) == 0) {
        for (; s->have < have; s->have++)
            area_deep(s, s->have);
        return;
    }
    for (; s->y < s->ys.dst && s->ys.first[s->y] + s->ys.count[s->y] <= have; s->y++) {
        if (s->ring)
            taps_row(s);
        else
            area_kept(s);
    }
}

void pm_scale(const unsigned char *src, pm_axis xs, pm_axis ys, unsigned char *dst, void *work)
{
    pm_scaler s;
    pm_rows in = {src, (long)xs.src * 3, ys.src};
    pm_scaler_start(&s, &xs, &ys, in, dst, work);
    pm_scaler_go(&s, ys.src);
}

static void plane_across(float *dst, const pm_axis *xs, const float *line)
{
    for (int x = 0; x < xs->dst; x++) {
        const float *at = line + xs->first[x], *weight = xs->weight + (long)x * xs->taps;
        float sum = weight[0] * at[0];
        for (int k = 1; k < xs->count[x]; k++)
            sum = sum + weight[k] * at[k];
        dst[x] = sum;
    }
}

void pm_scale_plane(const unsigned char *src, long stride, pm_axis xs, pm_axis ys, float *dst, void *work)
{
    const unsigned char *rows[DEEP];
    for (int y = 0; y < ys.dst; y++, dst += xs.dst) {
        for (int k = 0; k < ys.count[y]; k++)
            rows[k] = src + (ys.first[y] + k) * stride;
        pm_area_down(work, rows, ys.count[y], ys.weight + (long)y * ys.taps, xs.src);
        plane_across(dst, &xs, work);
    }
}
