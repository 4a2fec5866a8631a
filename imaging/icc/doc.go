// Package icc reads the colour profiles that pictures carry (ICC.1:2010, also known as ISO 15076-1) and brings pixels into sRGB.
//
// Promises:
//
//   - Profiles of three primaries with tone curves (Display P3, Adobe RGB, cameras, monitors) and grey ones with a tone
//     curve are converted. Those with tables (A2B0), of CMYK and of other spaces are not: Transform says which.
//   - Colours outside sRGB are cut off at its edge, as every matrix conversion does. White stays white.
//   - Results are within one level of Little CMS's, relative colorimetric, on 8-bit samples.
//   - A damaged profile is an error, never a panic, and costs no more memory than its own bytes.
package icc
