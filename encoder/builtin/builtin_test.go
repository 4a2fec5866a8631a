package builtin

import (
	"encoding/json"
	"io/fs"
	"math"
	"testing"
)

// maxBytes keeps the repository and every binary small.
const maxBytes = 6 << 20

func TestEverythingIsThereAndSmall(t *testing.T) {
	t.Parallel()
	missing := map[string]bool{
		"config.json": true, "preprocessor_config.json": true, "tokenizer.json": true,
		"onnx/vision_model.onnx": true, "onnx/text_model.onnx": true,
	}
	var total int64
	err := fs.WalkDir(FS(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if !missing[path] {
			t.Errorf("%s does not belong to the model", path)
		}
		delete(missing, path)
		total += info.Size()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(missing) > 0 || total > maxBytes {
		t.Errorf("missing %v, %d bytes of at most %d", missing, total, maxBytes)
	}
}

// The two configuration files and the vocabulary must agree with each other.
func TestConfigAgrees(t *testing.T) {
	t.Parallel()
	var config struct {
		ModelType  string  `json:"model_type"`
		Projection int     `json:"projection_dim"`
		LogitScale float64 `json:"logit_scale_init_value"`
		Text       struct {
			Vocabulary int    `json:"vocab_size"`
			Context    int    `json:"max_position_embeddings"`
			End        int    `json:"eos_token_id"`
			Activation string `json:"hidden_act"`
		} `json:"text_config"`
		Vision struct {
			Side int `json:"image_size"`
		} `json:"vision_config"`
	}
	var preprocessing struct {
		Size map[string]int `json:"size"`
		Crop map[string]int `json:"crop_size"`
	}
	var tokenizer struct {
		Model struct {
			Vocabulary map[string]int `json:"vocab"`
		} `json:"model"`
	}
	decode(t, "config.json", &config)
	decode(t, "preprocessor_config.json", &preprocessing)
	decode(t, "tokenizer.json", &tokenizer)

	vocabulary := tokenizer.Model.Vocabulary
	if len(vocabulary) != config.Text.Vocabulary || vocabulary["<|endoftext|>"] != config.Text.End {
		t.Errorf("%d tokens, end %d; config says %+v", len(vocabulary), vocabulary["<|endoftext|>"], config.Text)
	}
	side := config.Vision.Side
	if preprocessing.Size["shortest_edge"] != side || preprocessing.Crop["height"] != side || preprocessing.Crop["width"] != side {
		t.Errorf("preprocessing gives %v and %v, the tower takes %d", preprocessing.Size, preprocessing.Crop, side)
	}
	if config.ModelType != "clip" || config.Text.Activation != "quick_gelu" || config.Projection != 128 || config.Text.Context != 32 {
		t.Errorf("config is of another model: %+v", config)
	}
	if scale := math.Exp(config.LogitScale); scale < 5 || scale > 100 {
		t.Errorf("logit scale %.1f is not one that training leaves", scale)
	}
}

func decode(t *testing.T, name string, into any) {
	t.Helper()
	b, err := fs.ReadFile(FS(), name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}
