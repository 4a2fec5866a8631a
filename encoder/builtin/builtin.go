package builtin

import (
	"embed"
	"io/fs"
)

//go:embed model
var files embed.FS

// FS is the model folder: config.json, preprocessor_config.json, tokenizer.json, onnx/vision_model.onnx and
// onnx/text_model.onnx.
func FS() fs.FS {
	model, err := fs.Sub(files, "model")
	if err != nil {
		panic(err) // only for a malformed name, and "model" is a constant
	}
	return model
}
