package onnx

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
)

// fingerprint is the sha256 over everything that decides a vector: both towers, the preprocessing with all defaults
// filled in, the tokenizer's file and what overrides it. Batch size and threads are left out: they move the last bits
// only. The fields are labelled and their lengths written, so no two models give the same input.
func (m *model) fingerprint() string {
	preprocess, err := json.Marshal(m.preprocess.Config())
	if err != nil { // plain numbers, checked to be finite
		preprocess = fmt.Append(nil, m.preprocess.Config())
	}
	settings := fmt.Sprintf("context %d, unescape %t, outputs %q %q", m.tokenizer.Context(), m.tokenizer.Unescapes(),
		m.image.out.name, m.text.out.name)
	h := sha256.New()
	for _, part := range []struct {
		label string
		data  []byte
	}{
		{"pairmill encoder", []byte("1")}, {"vision", m.files.vision}, {"text", m.files.text},
		{"preprocess", preprocess}, {"tokenizer", m.files.tokenizer}, {"settings", []byte(settings)},
	} {
		fmt.Fprintf(h, "%s %d\n", part.label, len(part.data))
		h.Write(part.data)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}
