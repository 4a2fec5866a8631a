// What png_c.go asks of C.

#ifndef PAIRMILL_IMAGING_PNG_READ_H
#define PAIRMILL_IMAGING_PNG_READ_H

#include <stddef.h>
#include <stdint.h>

enum { PM_PNG_MESSAGE = 128 };

// pm_png is how the samples come: 3 channels, or 4 with straight alpha; 8 bits, or 16 in big endian.
typedef struct {
    int32_t w, h; // as the header was read in Go; another size is an error
    int32_t channels, bits;
} pm_png;

// pm_png_layout says how wide the samples of a file will be, or returns its message and 1.
int pm_png_layout(const uint8_t *data, size_t len, pm_png *pic, char *message);

// pm_png_read fills h rows of w*channels*bits/8 bytes. It returns 1 with a message on failure.
int pm_png_read(const uint8_t *data, size_t len, const pm_png *pic, uint8_t *out, char *message);

#endif
