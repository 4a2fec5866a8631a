// What planes_turbo.go asks of C.

#ifndef PAIRMILL_IMAGING_PLANES_H
#define PAIRMILL_IMAGING_PLANES_H

#include "fuse.h"

// pm_planes is a picture in 4:2:0: rows of luma stride bytes apart, a multiple of 16, those of chroma half of that.
typedef struct {
    unsigned char *y, *u, *v;
    long stride;
} pm_planes;

// pm_encode_planes brings the planes from studio range to full range, in place, and writes them into mem.out. Of lay it wants
// the output's sides and quality.
int pm_encode_planes(pm_planes planes, pm_layout lay, pm_buffers mem, pm_made *made, char *message);

void pm_full_luma(unsigned char *row, int n);
void pm_full_chroma(unsigned char *row, int n);

#endif
