// What png_plain_c.go asks of C.

#ifndef PAIRMILL_IMAGING_PNG_PLAIN_H
#define PAIRMILL_IMAGING_PNG_PLAIN_H

#include <stddef.h>
#include <stdint.h>

// pm_plain is how the rows of a PNG are stored: channels samples of bits each, packed; only a single channel has fewer bits
// than 8. A row has a byte of its own in front, which names its filter.
typedef struct {
    int32_t w, h;
    int32_t channels, bits;
    const uint8_t *table; // one channel: the RGB of its 256 values, on white
    int32_t key;          // three channels: the RGB that is transparent, or -1
} pm_plain;

size_t pm_plain_row(pm_plain pic); // bytes, without the filter's

// PM_PLAIN_SLACK is how far behind its end raw may be read and written.
enum { PM_PLAIN_SLACK = 16 };

// pm_plain_inflate unpacks a zlib stream into raw, all rows. It returns 0 unless the stream is sound, ends where packed does, has
// that many bytes, and names filters that there are.
int pm_plain_inflate(const uint8_t *packed, size_t len, pm_plain pic, uint8_t *raw);

// pm_plain_unpack undoes filters and writes RGB on white. raw is used up. With three channels rgb is raw: each row moves
// forward by the filters' bytes.
void pm_plain_unpack(pm_plain pic, uint8_t *raw, uint8_t *rgb);

// pm_limit_filters leaves kernels with wider shuffles alone, so that tests reach those of lesser machines. It is not safe
// beside unpacking.
void pm_limit_filters(int limit);

#endif
