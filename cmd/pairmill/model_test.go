package main

import (
	"encoding/json"
	"strings"
	"testing"

	"pairmill/encoder/onnx"
)

func TestModelInspect(t *testing.T) {
	t.Parallel()
	code, out, errs := pairmill(t, "model", "inspect", testModel, "--json")
	var r onnx.Report
	if err := json.Unmarshal([]byte(out), &r); code != exitDone || err != nil || r.Info.Dim == 0 || len(r.Info.Fingerprint) != 64 || r.Info.Name != "plain" {
		t.Fatalf("exit %d, %v\n%s%s", code, err, out, errs)
	}
	code, out, errs = pairmill(t, "model", "inspect", testModel)
	if code != exitDone {
		t.Fatalf("exit %d, %s", code, errs)
	}
	for _, want := range append([]string{r.Info.Fingerprint, r.Layout, r.Vision.Path, r.Text.Path, r.Vision.Output, "pixel_values", "input_ids", "parameters", "preprocessing"}, r.Info.Warnings...) {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
}

func TestModelInspectRefuses(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]int{"nowhere": exitUsage, "model.go": exitUsage, t.TempDir(): exitError} {
		if code, out, errs := pairmill(t, "model", "inspect", path); code != want || out != "" || errs == "" {
			t.Errorf("inspect %s: exit %d, want %d; printed %q and %q", path, code, want, out, errs)
		}
	}
}
