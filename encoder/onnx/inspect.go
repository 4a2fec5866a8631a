package onnx

import (
	"crypto/sha256"
	"fmt"
	"io/fs"

	"pairmill/encoder"
	"pairmill/encoder/clip"
)

// Report describes a model on disk.
type Report struct {
	Info       encoder.Info    `json:"info"`
	Layout     string          `json:"layout"`
	HiddenAct  string          `json:"hidden_act"` // activation that config.json names; "" when it does not
	Preprocess clip.Preprocess `json:"preprocess"`
	Vocabulary int             `json:"vocabulary"` // number of token ids
	Vision     Tower           `json:"vision"`
	Text       Tower           `json:"text"`
}

// Tower describes one of the two graphs.
type Tower struct {
	Path     string   `json:"path"`
	Bytes    int      `json:"bytes"`
	SHA256   string   `json:"sha256"`
	Params   int64    `json:"params"` // values in all weights
	Producer string   `json:"producer"`
	Opset    int64    `json:"opset"`
	Inputs   []string `json:"inputs"` // such as "pixel_values float32[batch,3,224,224]"
	Outputs  []string `json:"outputs"`
	Output   string   `json:"output"` // the one that is used
}

// Inspect describes the model in fsys without loading it. A model that Open would refuse for what its files say is refused
// here with the same error. Config counts as far as it changes what is described.
func Inspect(fsys fs.FS, cfg Config) (Report, error) {
	m, err := readModel(fsys, cfg)
	if err != nil {
		return Report{}, fmt.Errorf("inspecting the model: %w", err)
	}
	act := m.files.config.Vision.Act
	if other := m.files.config.Text.Act; other != act {
		act += ", " + other
	}
	return Report{
		Info: m.info, Layout: m.files.layout, HiddenAct: act,
		Preprocess: m.preprocess.Config(), Vocabulary: m.tokenizer.VocabSize(),
		Vision: describeTower(m.files.visionPath, m.files.vision, m.visionG, m.image.out),
		Text:   describeTower(m.files.textPath, m.files.text, m.textG, m.text.out),
	}, nil
}

func describeTower(path string, b []byte, g *graph, out port) Tower {
	return Tower{Path: path, Bytes: len(b), SHA256: fmt.Sprintf("%x", sha256.Sum256(b)), Params: g.params,
		Producer: g.producer, Opset: g.opset, Inputs: names(g.inputs), Outputs: names(g.outputs), Output: out.name}
}
