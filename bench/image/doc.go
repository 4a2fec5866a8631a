// Command image measures how fast pictures go from downloaded bytes to the bytes of a sample, in CPU seconds of one
// core: package imaging, OpenCV doing img2dataset's steps, and libjpeg-turbo alone.
//
//   - "floor" is libjpeg-turbo's own time for a JPEG: decoding it to RGB and encoding the finished picture, called
//     directly, with handles and buffers kept. Nothing is resized.
//   - "opencv" is pip's wheel in Python, one thread, without the library that img2dataset puts before it.
//   - "pairmill" is Processor.Process, perceptual hash included.
//
// The three take turns over the same pictures, so that a machine shared with others slows all of them; what counts is
// the median of the ratios. Run it with `make bench-image`.
package main
