package onnx

import (
	"fmt"
	"log/slog"
	"runtime"
)

// Config tunes how a model is found and run. The zero value works.
type Config struct {
	// Library is the path of libonnxruntime. Default: what LibraryPath finds. A process loads one library; a second
	// Open that asks for another is an error.
	Library string
	// Name replaces the model's name in Info, and so in column names. Default: the last part of _name_or_path in
	// config.json, else "clip".
	Name string
	// Variant picks files by suffix, such as "fp16" for vision_model_fp16.onnx. Default "": no suffix.
	Variant string
	// BatchSize is the number of items in every run of the model; smaller batches are padded to it. Default 32, or the
	// model's own when that is fixed. Vectors of different batch sizes agree to about 1e-6: workers of one run must
	// share it to give equal bytes. A program that mostly encodes one query at a time wants 1. At most 1024.
	BatchSize int
	// Context is the number of tokens per text. Default: the model's, else max_position_embeddings of config.json, else
	// the tokenizer's, else 77.
	Context int
	// Unescape resolves HTML entities in texts twice, as OpenAI's tokenizer does. Default false.
	Unescape bool
	// Threads is the number of CPU threads per run. Default: GOMAXPROCS, since ONNX Runtime's own default ignores
	// container limits.
	Threads int
	// Concurrency is the number of runs at a time; further calls wait. Default 1: one run already uses all Threads.
	Concurrency int
	// Device is what the model runs on. Default: PAIRMILL_DEVICE, else the CPU.
	Device Device
	// Log is told where the model runs, if not on the CPU or not where it should. Default: nobody is.
	Log *slog.Logger
	// MaxModelBytes bounds each model file, in bytes. Default 2 GiB, the most that one ONNX file can hold. A larger file
	// is an error.
	MaxModelBytes int64
}

const (
	defaultBatch = 32 // B/32 on CPU gains under 5 % beyond it, and a smaller one wastes less on the last batch
	maxBatch     = 1024
)

func (c Config) withDefaults() Config {
	if c.Threads == 0 {
		c.Threads = runtime.GOMAXPROCS(0)
	}
	if c.Concurrency == 0 {
		c.Concurrency = 1
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.MaxModelBytes == 0 {
		c.MaxModelBytes = 2 << 30
	}
	return c
}

func (c Config) validate() error {
	if c.BatchSize < 0 || c.BatchSize > maxBatch {
		return fmt.Errorf("batch size %d is outside 0 to %d", c.BatchSize, maxBatch)
	}
	if c.Threads < 0 || c.Concurrency < 0 || c.MaxModelBytes < 0 {
		return fmt.Errorf("threads %d, concurrency %d and model size limit %d must not be negative",
			c.Threads, c.Concurrency, c.MaxModelBytes)
	}
	return nil
}
