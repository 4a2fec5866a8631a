package clip_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"pairmill/encoder/clip"
)

func marshal(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const splitPattern = `'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`

// hfSpec is a tokenizer.json for the merges, numbered as OpenAI does.
func hfSpec(merges []string, pairs bool) map[string]any {
	vocab, n := map[string]int{}, 0
	add := func(s string) { vocab[s] = n; n++ }
	var symbols []string
	for _, r := range [][2]rune{{'!', '~'}, {0xa1, 0xac}, {0xae, 0xff}, {0x100, 0x143}} {
		for c := r[0]; c <= r[1]; c++ {
			symbols = append(symbols, string(c))
		}
	}
	for _, suffix := range []string{"", "</w>"} {
		for _, s := range symbols {
			add(s + suffix)
		}
	}
	list := make([]any, len(merges))
	for i, m := range merges {
		list[i] = m
		if pairs {
			list[i] = strings.Split(m, " ")
		}
		add(strings.Replace(m, " ", "", 1))
	}
	start, end := "<|startoftext|>", "<|endoftext|>"
	add(start)
	add(end)
	return map[string]any{
		"added_tokens": []any{map[string]any{"id": n - 2, "content": start}, map[string]any{"id": n - 1, "content": end}},
		"normalizer": map[string]any{"type": "Sequence", "normalizers": []any{map[string]any{"type": "NFC"},
			map[string]any{"type": "Replace", "pattern": map[string]any{"Regex": `\s+`}, "content": " "},
			map[string]any{"type": "Lowercase"}}},
		"pre_tokenizer": map[string]any{"type": "Sequence", "pretokenizers": []any{
			map[string]any{"type": "Split", "pattern": map[string]any{"Regex": splitPattern}, "behavior": "Removed", "invert": true},
			map[string]any{"type": "ByteLevel", "add_prefix_space": false}}},
		"post_processor": map[string]any{"type": "RobertaProcessing", "sep": []any{end, n - 1}, "cls": []any{start, n - 2}},
		"model": map[string]any{"type": "BPE", "dropout": nil, "unk_token": end, "end_of_word_suffix": "</w>",
			"continuing_subword_prefix": "", "vocab": vocab, "merges": list},
	}
}

func TestFileLimits(t *testing.T) {
	t.Parallel()
	spec := hfSpec(toyMerges, true)
	spec["truncation"] = map[string]any{"max_length": 12}
	spec["padding"] = map[string]any{"pad_id": 523}
	for _, tc := range []struct{ cfg, want int }{{0, 12}, {5, 5}} {
		tok, err := clip.ParseTokenizer(marshal(t, spec), clip.TokenizerConfig{Context: tc.cfg})
		if err != nil || tok.Context() != tc.want || tok.Pad() != 523 {
			t.Errorf("context %d: got %d, padding %d, %v", tc.cfg, tok.Context(), tok.Pad(), err)
		}
	}
	spec["post_processor"] = json.RawMessage(`{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<|startoftext|>"}},
		{"Sequence":{"id":"A"}},{"SpecialToken":{"id":"<|endoftext|>"}}]}`)
	tok, err := clip.ParseTokenizer(marshal(t, spec), clip.TokenizerConfig{})
	if err != nil || tok.Start() != 522 || tok.End() != 523 {
		t.Errorf("template: %v", err)
	}
}

func TestRefusedTokenizers(t *testing.T) {
	t.Parallel()
	model := func(key string, value any) map[string]any {
		m := maps.Clone(hfSpec(toyMerges, true)["model"].(map[string]any))
		m[key] = value
		return m
	}
	split := func(pattern string) map[string]any {
		return map[string]any{"type": "Sequence", "pretokenizers": []any{
			map[string]any{"type": "Split", "pattern": map[string]any{"Regex": pattern}}, map[string]any{"type": "ByteLevel"}}}
	}
	for _, tc := range []struct {
		key   string
		value any
		want  string
	}{
		{"model", model("type", "Unigram"), "only BPE"},
		{"model", model("end_of_word_suffix", nil), "CLIP's kind"},
		{"model", model("byte_fallback", true), "byte_fallback"},
		{"model", model("unk_token", "nobody"), `"nobody" has no id`},
		{"model", model("merges", []any{"x y z"}), "two symbols"},
		{"model", model("merges", []any{7}), "neither a string"},
		{"model", model("merges", []any{"q q"}), `"q" and "q"`},
		{"model", model("vocab", map[string]int{"a": -4}), "both apart and joined"},
		{"added_tokens", []any{map[string]any{"id": -1, "content": "<|endoftext|>"}}, "out of range"},
		{"padding", map[string]any{"pad_id": -1}, "padding"},
		{"normalizer", map[string]any{"type": "NFKC"}, `"NFKC"`},
		{"normalizer", map[string]any{"type": "Replace", "pattern": map[string]any{"String": "x"}}, `replaces "x"`},
		{"pre_tokenizer", nil, "missing"},
		{"pre_tokenizer", map[string]any{"type": "Whitespace"}, "not CLIP's"},
		{"pre_tokenizer", split(`\w+`), `splits by "\\w+"`},
		{"post_processor", nil, "post_processor"},
		{"truncation", map[string]any{"max_length": 1}, "context of 1"},
	} {
		spec := hfSpec(toyMerges, true)
		spec[tc.key] = tc.value
		_, err := clip.ParseTokenizer(marshal(t, spec), clip.TokenizerConfig{})
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s = %v: got %v, want %q", tc.key, tc.value, err, tc.want)
		}
	}
	for want, file := range map[string][]byte{"header": []byte("plain text"), "two symbols": gzipped(t, "lonely"), "hold both": gzipped(t, "zz y")} {
		if _, err := clip.ReadOpenAI(bytes.NewReader(file), clip.TokenizerConfig{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
