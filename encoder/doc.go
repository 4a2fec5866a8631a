// Package encoder turns pictures and texts into unit vectors that can be compared.
//
// It holds the interface, the plain types around it and the arithmetic of vectors; the models live in
// sub-packages named by how they run (encoder/onnx), and what every CLIP-like model shares (preprocessing,
// tokenizer) lives in encoder/clip.
//
// What an Encoder promises:
//
//   - Vectors have length 1 in the L2 norm, so the cosine of two is their dot product. Pictures and texts share
//     one space.
//   - A vector depends on its own picture or text and on Info.Fingerprint, never on what else was in the call.
//     Vectors of different fingerprints must not be mixed in one data set.
//   - One bad item fails the call with an *ItemError that names its index; nothing is silently replaced.
package encoder
