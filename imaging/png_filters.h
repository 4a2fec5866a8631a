// The filters of PNG (PNG specification, third edition, section 9), one row at a time. n counts bytes, bpp those of a pixel.

#ifndef PAIRMILL_IMAGING_PNG_FILTERS_H
#define PAIRMILL_IMAGING_PNG_FILTERS_H

#include <stdint.h>

// pm_unfilter undoes a filter of type 0 to 4. up is the row above as it came out, or NULL above the first. out may be in, or
// lie before it; with three bytes a pixel it must lie before it, and one byte behind its end is overwritten and one behind
// in's read.
void pm_unfilter(int type, uint8_t *out, const uint8_t *in, const uint8_t *up, long n, int bpp);

#endif
