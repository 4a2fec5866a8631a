// Package onnx runs CLIP-like models with ONNX Runtime.
//
// A model is a folder in the layout of Hugging Face's ONNX exports: onnx/vision_model.onnx, onnx/text_model.onnx,
// config.json, preprocessor_config.json and tokenizer.json. Inputs and outputs are recognised by their tensors, not by
// names alone; what does not fit is refused with an error that names it. Open loads a model, Inspect describes one
// without loading it, and needs no ONNX Runtime.
//
// Vectors depend on the shape of the batch in their last bits, since kernels differ by shape. So the model always runs on
// the same shape: a batch that is not full is padded, and the padding is thrown away.
//
// Models run on the CPU, or on an NVIDIA GPU where the machine is said to have one (Device). That GPU path was never run: it is
// written by ONNX Runtime's documentation, and tested as far as to what happens without a GPU.
//
// Weights in external data files, image inputs with channels last and SentencePiece tokenizers are not supported.
package onnx
