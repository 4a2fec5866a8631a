package onnx

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"pairmill/encoder"
	"pairmill/encoder/clip"
)

// model is a model that has been read and understood, but not loaded.
type model struct {
	files      *files
	info       encoder.Info
	visionG    *graph
	textG      *graph
	image      imagePorts
	text       textPorts
	preprocess *clip.Preprocessor
	tokenizer  *clip.Tokenizer
}

func readModel(fsys fs.FS, cfg Config) (*model, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	f, err := readFiles(fsys, cfg)
	if err != nil {
		return nil, err
	}
	m := &model{files: f}
	steps := []func(Config) error{m.parseTowers, m.setDim, m.setBatch, m.setPreprocess, m.setTokenizer}
	for _, step := range steps {
		if err := step(cfg); err != nil {
			return nil, err
		}
	}
	m.describe(cfg)
	m.info.Fingerprint = m.fingerprint()
	return m, nil
}

func (m *model) parseTowers(Config) (err error) {
	if m.visionG, err = parseTower(m.files.visionPath, m.files.vision); err != nil {
		return err
	}
	if m.textG, err = parseTower(m.files.textPath, m.files.text); err != nil {
		return err
	}
	if m.image, err = findImagePorts(m.visionG); err != nil {
		return fmt.Errorf("%s: %w", m.files.visionPath, err)
	}
	if m.text, err = findTextPorts(m.textG); err != nil {
		return fmt.Errorf("%s: %w", m.files.textPath, err)
	}
	return nil
}

func parseTower(name string, b []byte) (*graph, error) {
	g, err := parseGraph(b)
	if err == nil && g.external {
		err = errors.New("weights are in an external data file, which is not supported; save the model as one file")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return g, nil
}

// setDim takes the vectors' size from the graphs, or from config.json when they leave it open.
func (m *model) setDim(Config) error {
	vision, text := m.image.out.static(1), m.text.out.static(1)
	if vision != 0 && text != 0 && vision != text {
		return fmt.Errorf("towers do not share a space: image vectors have %d values (%v), text vectors %d (%v)",
			vision, m.image.out, text, m.text.out)
	}
	m.info.Dim = max(vision, text)
	if m.info.Dim == 0 {
		m.info.Dim = m.files.config.ProjectionDim
	}
	if m.info.Dim <= 0 || m.info.Dim > 1<<16 {
		return fmt.Errorf("vectors have %d values by output %v and projection_dim in config.json", m.info.Dim, m.image.out)
	}
	return nil
}

func (m *model) setBatch(cfg Config) error {
	m.info.BatchSize = cfg.BatchSize
	for _, p := range []port{m.image.pixels, m.text.ids} {
		fixed := p.static(0)
		if fixed == 0 {
			continue
		}
		if fixed > maxBatch || m.info.BatchSize != 0 && m.info.BatchSize != fixed {
			return fmt.Errorf("input %v fixes the batch at %d, which excludes a batch size of %d", p, fixed, m.info.BatchSize)
		}
		m.info.BatchSize = fixed
		m.warn("input %v fixes the batch at %d", p, fixed)
	}
	if m.info.BatchSize == 0 {
		m.info.BatchSize = defaultBatch
	}
	return nil
}

func (m *model) setPreprocess(Config) (err error) {
	side := m.image.pixels.static(2)
	c := clip.Preprocess{Side: side}
	switch {
	case m.files.preprocess != nil:
		if c, err = clip.ParsePreprocess(m.files.preprocess); err != nil {
			return err
		}
	case side == 0:
		c.Side = m.files.config.Vision.ImageSize
	}
	if m.files.preprocess == nil {
		m.warn("preprocessor_config.json is absent: OpenAI's preprocessing is assumed")
	}
	if m.preprocess, err = clip.NewPreprocessor(c); err != nil {
		return err
	}
	m.info.ImageSide = m.preprocess.Config().Side
	if side != 0 && side != m.info.ImageSide {
		return fmt.Errorf("preprocessor_config.json makes pictures of %d pixels, but the model's input is %v",
			m.info.ImageSide, m.image.pixels)
	}
	return nil
}

func (m *model) setTokenizer(cfg Config) (err error) {
	context, fixed := cfg.Context, m.text.ids.static(1)
	if context == 0 {
		context = fixed
	}
	if fixed != 0 && context != fixed {
		return fmt.Errorf("input %v fixes the context at %d, which excludes %d", m.text.ids, fixed, context)
	}
	if context == 0 {
		context = m.files.config.Text.Positions
	}
	m.tokenizer, err = clip.ParseTokenizer(m.files.tokenizer, clip.TokenizerConfig{Context: context, Unescape: cfg.Unescape})
	if err != nil {
		return err
	}
	m.info.ContextLength = m.tokenizer.Context()
	return nil
}

func (m *model) describe(cfg Config) {
	c := m.files.config
	m.info.Name, m.info.Family, m.info.LogitScale = cfg.Name, c.ModelType, c.logitScale()
	if m.info.Name == "" && strings.Trim(c.Name, "/.") != "" {
		m.info.Name = path.Base(c.Name)
	}
	if m.info.Name == "" {
		m.info.Name = "clip"
	}
	if !m.files.hasConfig {
		m.warn("config.json is absent: activation and projection cannot be checked")
	}
	m.checkProjection("image", m.image.out, c.Vision.Hidden)
	m.checkProjection("text", m.text.out, c.Text.Hidden)
}

// checkProjection finds exports that stop before CLIP's projection: such vectors are not in the shared space.
func (m *model) checkProjection(tower string, out port, hidden int) {
	c := m.files.config
	if c.ModelType == "clip" && out.name == pooled && m.info.Dim == hidden && c.ProjectionDim != hidden {
		m.warn("%s output %v looks unprojected: it has the hidden size, projection_dim is %d", tower, out, c.ProjectionDim)
	}
}

func (m *model) warn(format string, args ...any) {
	m.info.Warnings = append(m.info.Warnings, fmt.Sprintf(format, args...))
}
