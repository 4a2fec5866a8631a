package main

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"pairmill/encoder"
	"pairmill/encoder/builtin"
	"pairmill/encoder/onnx"
	"pairmill/schemas"
)

// modelFS finds the files of a model that a spec or a command line names.
func modelFS(model string) (fs.FS, error) {
	if model == "builtin" {
		return builtin.FS(), nil
	}
	info, err := os.Stat(model)
	if err != nil {
		return nil, fmt.Errorf("model %q: %w (want \"builtin\" or a folder with a CLIP export)", model, err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("model %q is no folder (want \"builtin\" or a folder with a CLIP export)", model)
	}
	return os.DirFS(model), nil
}

// openEncoder loads the model that a spec names, on the device that this machine is said to have, and logs which that is.
func openEncoder(log *slog.Logger) func(context.Context, schemas.Embed) (encoder.Encoder, error) {
	return func(_ context.Context, e schemas.Embed) (encoder.Encoder, error) {
		files, err := modelFS(e.Model)
		if err != nil {
			return nil, err
		}
		return onnx.Open(files, onnx.Config{Name: modelName(e.Model), BatchSize: e.Batch, Log: log})
	}
}

// modelName names a model's columns: by its folder, or by its own name if it is ours.
func modelName(model string) string {
	if model == "builtin" {
		return "tinyclip"
	}
	return strings.ToLower(filepath.Base(filepath.Clean(model)))
}
