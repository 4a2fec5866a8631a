// Package clip is what surrounds a CLIP-like model, in pure Go: the preprocessing of pictures and the tokenizer.
//
// Both are part of the model, so both are compared with what the model was trained with:
//
//   - Resizing equals Pillow's antialiased 8-bit resampling bit for bit, with the horizontal pass first as in every
//     release before 13; testdata holds pictures made by Pillow. (Since 13 tall pictures go through the vertical pass
//     first, which moves single values by a few units.)
//   - The crop offset is torchvision's (and so open_clip's): half of the margin, rounded half to even. Hugging Face's
//     image processors round down instead, which moves the crop by one pixel when the margin is 3 modulo 4.
//   - Token ids equal those of the Hugging Face tokenizers library for a tokenizer.json of CLIP's kind. OpenAI's own
//     tokenizer also repairs text with ftfy and unescapes HTML twice; the unescaping is an option here
//     (TokenizerConfig.Unescape), the repair is not done.
package clip
