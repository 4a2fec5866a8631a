package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"pairmill/encoder/onnx"
)

type modelCmd struct {
	Inspect modelInspectCmd `cmd:"" help:"Describe a model's files without running it."`
}

type modelInspectCmd struct {
	Model string `arg:"" help:"\"builtin\", or a folder with a CLIP export."`
	JSON  bool   `name:"json" help:"Print one JSON object."`
}

// Run prints what the model is.
func (c *modelInspectCmd) Run(e *env) error {
	files, err := modelFS(c.Model)
	if err != nil {
		return usage(err)
	}
	report, err := onnx.Inspect(files, onnx.Config{Name: modelName(c.Model)})
	if err != nil {
		return fmt.Errorf("%s: %w", c.Model, err)
	}
	if !c.JSON {
		return printModel(e.stdout, report)
	}
	data, err := json.Marshal(report)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "%s\n", data)
	return err
}

func printModel(w io.Writer, r onnx.Report) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(name, format string, args ...any) {
		fmt.Fprintf(t, "%s\t%s\n", name, plainText(fmt.Sprintf(format, args...)))
	}
	line("name", "%s (%s)", r.Info.Name, r.Layout)
	line("fingerprint", "%s", r.Info.Fingerprint)
	line("dimension", "%d", r.Info.Dim)
	line("image side", "%d", r.Info.ImageSide)
	line("context", "%d tokens", r.Info.ContextLength)
	line("batch", "%d", r.Info.BatchSize)
	line("logit scale", "%g", r.Info.LogitScale)
	line("activation", "%s", r.HiddenAct)
	line("vocabulary", "%d", r.Vocabulary)
	preprocess, err := json.Marshal(r.Preprocess)
	if err != nil {
		return err
	}
	line("preprocessing", "%s", preprocess)
	printTower(line, "vision", r.Vision)
	printTower(line, "text", r.Text)
	for _, warning := range r.Info.Warnings {
		line("warning", "%s", warning)
	}
	return t.Flush()
}

func printTower(line func(name, format string, args ...any), name string, t onnx.Tower) {
	line(name, "%s, %.1f MB, sha256 %.16s…", t.Path, float64(t.Bytes)/1e6, t.SHA256)
	line("", "%d parameters, opset %d, %s", t.Params, t.Opset, t.Producer)
	line("", "in   %s", strings.Join(t.Inputs, ", "))
	line("", "out  %s; %s is used", strings.Join(t.Outputs, ", "), t.Output)
}
