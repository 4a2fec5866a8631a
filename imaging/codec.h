// What fuse.c and pass.c share of libjpeg.

#ifndef PAIRMILL_IMAGING_CODEC_H
#define PAIRMILL_IMAGING_CODEC_H

#include <setjmp.h>
#include <stdio.h>

#include <jpeglib.h>

#include "fuse.h"

// failure is where libjpeg's errors go: message is written, and back is jumped to.
typedef struct {
    struct jpeg_error_mgr jpeg; // first: libjpeg knows only this
    jmp_buf back;
    char *message;
    int encoding; // the error came from the encoder
} failure;

struct jpeg_error_mgr *pm_failing(failure *f, char *message);

// pm_output sets an encoder up for lay's sides and quality, with mem->out as its destination.
void pm_output(j_compress_ptr c, struct jpeg_destination_mgr *out, const pm_buffers *mem, const pm_layout *lay, J_COLOR_SPACE in);

#endif
