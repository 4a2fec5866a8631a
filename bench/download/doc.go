// Command download measures list downloads end to end: img2dataset on Python 3.12 and pairmill take turns on the same
// list of pictures, which a server on the same machine hands out over HTTP and over HTTPS with keep-alive.
//
//   - The pictures are bench/image's, as often as their sizes and formats occur in LAION-like lists. They come from 500
//     hosts, so that one request at a time to a host is no limit.
//   - Both bring them to 256 × 256 with a white border, JPEG quality 95, as webdataset with hashes and EXIF.
//   - Wall time, CPU seconds of the client with all its processes, and the greatest sum of their resident memory are
//     taken. Every row must be a success, or there is no result.
//   - "image path" is package imaging on the same pictures, in one process without a network.
//
// Run it with `make bench-download`.
package main
