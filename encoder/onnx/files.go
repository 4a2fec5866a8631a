package onnx

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path"
)

const (
	visionFile    = "vision_model"
	textFile      = "text_model"
	maxConfigFile = 64 << 20 // bytes; the largest tokenizer.json in use has 35 MB
)

// files is a model's folder, read.
type files struct {
	layout       string
	visionPath   string
	textPath     string
	vision, text []byte
	config       configJSON
	preprocess   []byte // nil when absent
	tokenizer    []byte
	hasConfig    bool
}

// configJSON is what matters in config.json of a Hugging Face CLIP model.
type configJSON struct {
	Name          string  `json:"_name_or_path"`
	ModelType     string  `json:"model_type"`
	ProjectionDim int     `json:"projection_dim"`
	LogScale      float64 `json:"logit_scale_init_value"` // natural logarithm of the factor on cosines
	Text          struct {
		Positions int    `json:"max_position_embeddings"`
		Hidden    int    `json:"hidden_size"`
		Act       string `json:"hidden_act"`
	} `json:"text_config"`
	Vision struct {
		ImageSize int    `json:"image_size"`
		Hidden    int    `json:"hidden_size"`
		Act       string `json:"hidden_act"`
	} `json:"vision_config"`
}

// logitScale is the trained factor on cosines, or 0 when config.json does not know it: most files hold the value that
// training began with, log(1/0.07), which Hugging Face writes as 2.6592.
func (c *configJSON) logitScale() float32 {
	if c.LogScale <= 0 || c.LogScale > 10 || math.Abs(c.LogScale-math.Log(1/0.07)) < 1e-3 {
		return 0
	}
	return float32(math.Exp(c.LogScale))
}

// readFiles finds the layout and reads everything.
func readFiles(fsys fs.FS, cfg Config) (*files, error) {
	f := &files{}
	if err := f.findTowers(fsys, cfg.Variant); err != nil {
		return nil, err
	}
	var err error
	if f.vision, err = readCapped(fsys, f.visionPath, cfg.MaxModelBytes); err != nil {
		return nil, err
	}
	if f.text, err = readCapped(fsys, f.textPath, cfg.MaxModelBytes); err != nil {
		return nil, err
	}
	if f.tokenizer, err = readCapped(fsys, "tokenizer.json", maxConfigFile); err != nil {
		return nil, err
	}
	if f.preprocess, err = readOptional(fsys, "preprocessor_config.json"); err != nil {
		return nil, err
	}
	config, err := readOptional(fsys, "config.json")
	if err != nil || config == nil {
		return f, err
	}
	f.hasConfig = true
	if err := json.Unmarshal(config, &f.config); err != nil {
		return nil, fmt.Errorf("config.json: %w", err)
	}
	return f, nil
}

// findTowers looks for the pair of towers in the folders that exporters use.
func (f *files) findTowers(fsys fs.FS, variant string) error {
	suffix := ".onnx"
	if variant != "" {
		suffix = "_" + variant + suffix
	}
	for _, dir := range []string{"onnx", "."} {
		f.visionPath, f.textPath = path.Join(dir, visionFile+suffix), path.Join(dir, textFile+suffix)
		_, visionErr := fs.Stat(fsys, f.visionPath)
		_, textErr := fs.Stat(fsys, f.textPath)
		switch {
		case visionErr == nil && textErr == nil:
			f.layout = "split towers in " + dir + "/"
			return nil
		case visionErr == nil:
			return fmt.Errorf("image tower %s has no text tower beside it: %w", f.visionPath, textErr)
		case textErr == nil:
			return fmt.Errorf("text tower %s has no image tower beside it: %w", f.textPath, visionErr)
		}
	}
	return fmt.Errorf("model has neither onnx/%[1]s%[3]s and onnx/%[2]s%[3]s nor %[1]s%[3]s and %[2]s%[3]s: %[4]w",
		visionFile, textFile, suffix, fs.ErrNotExist)
}

func readCapped(fsys fs.FS, name string, limit int64) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("reading the model: %w", err)
	}
	if info.Size() > limit {
		return nil, fmt.Errorf("%s has %d bytes, more than the limit of %d", name, info.Size(), limit)
	}
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("reading the model: %w", err)
	}
	return b, nil
}

// readOptional returns nil when the file is absent.
func readOptional(fsys fs.FS, name string) ([]byte, error) {
	b, err := readCapped(fsys, name, maxConfigFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return b, err
}
