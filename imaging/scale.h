// Scaling row by row: scaled rows are made as soon as the rows that they need are there.

#ifndef PAIRMILL_IMAGING_SCALE_H
#define PAIRMILL_IMAGING_SCALE_H

#include <stdint.h>

// pm_axis is axis in axis.go: output i sums count[i] inputs from first[i], with taps places kept for each output's weights.
// An area axis has floats, any other fixed-point weights.
typedef struct {
    int32_t src, dst, taps;
    const int32_t *first, *count;
    const float *weight;
    const int16_t *fixed;
} pm_axis;

// pm_rows is where input rows lie: row i at base + (i % kept) * stride.
typedef struct {
    const unsigned char *base;
    long stride, kept;
} pm_rows;

// pm_scaler is the state between rows. The caller owns all memory.
typedef struct {
    pm_axis xs, ys;
    pm_rows in;
    unsigned char *dst;
    int y;        // the output row that is being made
    int have;     // input rows that have been there
    int whole;    // area with many rows: those summed up in sums
    float *line;  // area: the weighted sum of a column
    float *quads; // area: the weights across, as pm_area_across wants them
    uint16_t *sums;
    uint32_t *wide; // sums of more rows than 16 bits hold
    int16_t *ring;  // taps: rows scaled across, by number modulo taps
    int16_t *spread; // taps: the weights across, as pm_taps_across wants them
    int across;     // taps: rows that have been scaled across, or are not needed
} pm_scaler;

// pm_scaler_rows is how many of the last rows must be kept, besides those that come at a time.
long pm_scaler_rows(pm_axis ys);

long pm_scaler_size(pm_axis xs, pm_axis ys);

// pm_scaler_start lays the scaler out in work, pm_scaler_size bytes aligned to 64. dst takes ys->dst rows of xs->dst pixels.
void pm_scaler_start(pm_scaler *s, const pm_axis *xs, const pm_axis *ys, pm_rows in, unsigned char *dst, void *work);

// pm_scaler_go makes what can be made of the first have rows.
void pm_scaler_go(pm_scaler *s, int have);

// pm_scale scales a whole picture.
void pm_scale(const unsigned char *src, pm_axis xs, pm_axis ys, unsigned char *dst, void *work);

// pm_scale_plane averages one channel, rows of stride bytes, into floats. Both axes are areas, ys of no more than
// PM_PLANE_ROWS inputs. work is pm_scaler_size.
enum { PM_PLANE_ROWS = 32 };
void pm_scale_plane(const unsigned char *src, long stride, pm_axis xs, pm_axis ys, float *dst, void *work);

// pm_limit_vectors keeps to vectors of that many bits. It is not safe beside scaling.
void pm_limit_vectors(int bits);

#endif
