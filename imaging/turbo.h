// What jpeg_turbo.go asks of C. No function keeps a pointer past its return, allocates pixels, or starts a thread.

#ifndef PAIRMILL_IMAGING_TURBO_H
#define PAIRMILL_IMAGING_TURBO_H

#include <stdint.h>

enum { PM_OK = 0, PM_DECODE = 1, PM_ENCODE = 2 };

enum { PM_MESSAGE = 256 };

// pm_picture is a JPEG as its header was read in Go; a decoder that sees other sides is an error.
typedef struct {
    int32_t w, h;
    int32_t components;
    int32_t inverted; // CMYK samples are stored inverted (Adobe)
} pm_picture;

// pm_decode writes w*h*3 bytes of RGB; rgb must hold w*h*components, at least w*h*3.
int pm_decode(const unsigned char *data, unsigned long len, const pm_picture *pic, unsigned char *rgb, char *message);

// pm_bound is the longest that a JPEG of 4:2:0 can be.
unsigned long pm_bound(int w, int h);

// pm_harmless tells whether a warning of libjpeg leaves all pixels in place.
int pm_harmless(const char *message);

const char *pm_version(void);

#endif
