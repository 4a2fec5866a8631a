package onnx

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"google.golang.org/protobuf/encoding/protowire"
)

// message builds a protobuf message; values are int, string or []byte.
func message(fields ...any) (b []byte) {
	for i := 0; i < len(fields); i += 2 {
		num := protowire.Number(fields[i].(int))
		switch v := fields[i+1].(type) {
		case int:
			b = protowire.AppendVarint(protowire.AppendTag(b, num, protowire.VarintType), uint64(v))
		case string:
			b = protowire.AppendString(protowire.AppendTag(b, num, protowire.BytesType), v)
		case []byte:
			b = protowire.AppendBytes(protowire.AppendTag(b, num, protowire.BytesType), v)
		}
	}
	return b
}

// tensor builds a ValueInfoProto; a string dimension is symbolic.
func tensor(name string, elem elemType, dims ...any) []byte {
	var shape []any
	for _, d := range dims {
		field := 1
		if _, symbolic := d.(string); symbolic {
			field = 2
		}
		shape = append(shape, 1, message(field, d))
	}
	return message(1, name, 2, message(1, message(1, int(elem), 2, message(shape...))))
}

// graphFile builds a ModelProto without nodes.
func graphFile(inputs, outputs [][]byte, more ...any) []byte {
	var fields []any
	for _, in := range inputs {
		fields = append(fields, 11, in)
	}
	for _, out := range outputs {
		fields = append(fields, 12, out)
	}
	return message(2, "test", 7, message(append(fields, more...)...), 8, message(2, 17))
}

type ports = [][]byte

// folder is testdata/plain with some files replaced; nil removes one.
func folder(t *testing.T, replace map[string][]byte) fs.FS {
	t.Helper()
	out := fstest.MapFS{}
	for _, name := range []string{"onnx/vision_model.onnx", "onnx/text_model.onnx", "config.json", "preprocessor_config.json", "tokenizer.json"} {
		b, err := os.ReadFile("testdata/plain/" + name)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = &fstest.MapFile{Data: b}
	}
	for name, b := range replace {
		out[name] = &fstest.MapFile{Data: b}
		if b == nil {
			delete(out, name)
		}
	}
	return out
}

const visionONNX, textONNX = "onnx/vision_model.onnx", "onnx/text_model.onnx"

var (
	pixels = tensor("pixel_values", float32Type, "batch", 3, 8, 8)
	ids    = tensor("input_ids", int64Type, "batch", "sequence")
)

func embeds(name string, dim any) []byte { return tensor(name, float32Type, "batch", dim) }

func TestRefusedModels(t *testing.T) {
	t.Parallel()
	vision := func(in, out []byte) map[string][]byte {
		return map[string][]byte{visionONNX: graphFile(ports{in}, ports{out})}
	}
	text := func(out []byte, in ...[]byte) map[string][]byte {
		return map[string][]byte{textONNX: graphFile(in, ports{out})}
	}
	good := embeds("image_embeds", 16)
	for _, tc := range []struct {
		name    string
		replace map[string][]byte
		cfg     Config
		want    string
	}{
		{"no towers", map[string][]byte{visionONNX: nil, textONNX: nil}, Config{}, "neither onnx/vision_model.onnx"},
		{"one tower", map[string][]byte{textONNX: nil}, Config{}, "no text tower"},
		{"other tower", map[string][]byte{visionONNX: nil}, Config{}, "no image tower"},
		{"absent variant", nil, Config{Variant: "int8"}, "vision_model_int8.onnx"},
		{"no tokenizer", map[string][]byte{"tokenizer.json": nil}, Config{}, "tokenizer.json"},
		{"too large", nil, Config{MaxModelBytes: 100}, "more than the limit of 100"},
		{"negative batch", nil, Config{BatchSize: -1}, "batch size -1"},
		{"negative threads", nil, Config{Threads: -1}, "threads -1"},
		{"Git LFS", map[string][]byte{visionONNX: []byte("version https://git-lfs.github.com/spec/v1\n")}, Config{}, "git lfs pull"},
		{"text file", map[string][]byte{visionONNX: []byte("hello there")}, Config{}, "not an ONNX model"},
		{"empty file", map[string][]byte{visionONNX: {}}, Config{}, "no graph"},
		{"external weights", map[string][]byte{visionONNX: graphFile(ports{pixels}, ports{good}, 5, message(8, "w", 14, 1))}, Config{}, "external data"},
		{"rank 3", vision(tensor("x", float32Type, 1, 3, 8), good), Config{}, "4 dimensions"},
		{"bytes", vision(tensor("x", 2, 1, 3, 8, 8), good), Config{}, "x uint8[1,3,8,8] is neither"},
		{"channels last", vision(tensor("x", float32Type, "n", 8, 8, 3), good), Config{}, "channels last"},
		{"grey", vision(tensor("x", float32Type, "n", 1, 8, 8), good), Config{}, "3 channels"},
		{"oblong", vision(tensor("x", float32Type, "n", 3, 8, 9), good), Config{}, "not square"},
		{"two inputs", map[string][]byte{visionONNX: graphFile(ports{pixels, ids}, ports{good})}, Config{}, "2 inputs"},
		{"rank-3 output", vision(pixels, tensor("last_hidden_state", float32Type, "n", 5, 16)), Config{}, "none of the outputs"},
		{"two unknown outputs", map[string][]byte{visionONNX: graphFile(ports{pixels}, ports{embeds("a", 16), embeds("b", 16)})}, Config{}, "none of the outputs"},
		{"other side", vision(tensor("x", float32Type, "n", 3, 32, 32), good), Config{}, "pictures of 8 pixels"},
		{"dims differ", vision(pixels, embeds("image_embeds", 17)), Config{}, "do not share a space"},
		{"batch fixed", vision(tensor("x", float32Type, 3, 3, 8, 8), good), Config{BatchSize: 4}, "fixes the batch at 3"},
		{"float ids", text(embeds("text_embeds", 16), tensor("ids", float32Type, "n", "s")), Config{}, "int32 or int64"},
		{"position ids", text(embeds("text_embeds", 16), ids, tensor("position_ids", int64Type, "n", "s")), Config{}, "position_ids"},
		{"mask only", text(embeds("text_embeds", 16), tensor("attention_mask", int64Type, "n", "s")), Config{}, "no input of token ids"},
		{"context fixed", text(embeds("text_embeds", 16), tensor("ids", int64Type, "n", 24)), Config{Context: 25}, "fixes the context at 24"},
		{"bad config", map[string][]byte{"config.json": []byte("{")}, Config{}, "config.json"},
		{"bad preprocessing", map[string][]byte{"preprocessor_config.json": []byte(`{"do_resize":false}`)}, Config{}, "do_resize"},
		{"bad tokenizer", map[string][]byte{"tokenizer.json": []byte(`{"model":{"type":"Unigram"}}`)}, Config{}, "Unigram"},
	} {
		_, err := Inspect(folder(t, tc.replace), tc.cfg)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want %q", tc.name, err, tc.want)
		}
	}
}

func TestInspect(t *testing.T) {
	t.Parallel()
	r, err := Inspect(folder(t, nil), Config{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Info.Name != "tiny-plain" || r.Info.BatchSize != 32 || r.Info.Dim != 16 || r.Layout != "split towers in onnx/" ||
		r.HiddenAct != "quick_gelu" || r.Preprocess.Side != 8 || r.Vocabulary != 90 || len(r.Info.Warnings) != 0 {
		t.Errorf("got %+v", r)
	}
	want := Tower{Path: visionONNX, Bytes: r.Vision.Bytes, SHA256: r.Vision.SHA256, Params: 3 * 8 * 8 * 16, Producer: "tiny_onnx.py", Opset: 17,
		Inputs: []string{"pixel_values float32[batch,3,height,width]"}, Outputs: []string{"mean float32[batch,3]", "image_embeds float32[batch,16]"},
		Output: "image_embeds"}
	if fmt.Sprint(r.Vision) != fmt.Sprint(want) || len(r.Vision.SHA256) != 64 || r.Vision.Bytes < 4*int(want.Params) {
		t.Errorf("got  %+v\nwant %+v", r.Vision, want)
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	unprojected := map[string]any{"model_type": "clip", "projection_dim": 8, "vision_config": map[string]any{"hidden_size": 16}}
	config, err := json.Marshal(unprojected)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name    string
		replace map[string][]byte
		want    string
	}{
		{"unprojected", map[string][]byte{"config.json": config, visionONNX: graphFile(ports{pixels}, ports{embeds("pooler_output", 16)})}, "looks unprojected"},
		{"no config", map[string][]byte{"config.json": nil}, "config.json is absent"},
		{"no preprocessing", map[string][]byte{"preprocessor_config.json": nil}, "OpenAI's preprocessing"},
		{"fixed batch", map[string][]byte{visionONNX: graphFile(ports{tensor("x", float32Type, 1, 3, 8, 8)}, ports{embeds("image_embeds", "dim")})}, "batch at 1"},
	} {
		r, err := Inspect(folder(t, tc.replace), Config{})
		if err != nil || !strings.Contains(strings.Join(r.Info.Warnings, "\n"), tc.want) {
			t.Errorf("%s: got %q, %v; want %q", tc.name, r.Info.Warnings, err, tc.want)
		}
	}
}

func TestLogitScale(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]float32{`{}`: 0, `{"logit_scale_init_value":2.6592}`: 0, `{"logit_scale_init_value":2.659260037}`: 0,
		`{"logit_scale_init_value":99}`: 0, `{"logit_scale_init_value":0.6931471806}`: 2} {
		r, err := Inspect(folder(t, map[string][]byte{"config.json": []byte(file)}), Config{})
		if err != nil || r.Info.LogitScale != want {
			t.Errorf("%s: got %v, %v; want %v", file, r.Info.LogitScale, err, want)
		}
	}
}

// Whatever changes a vector changes the fingerprint; what only tunes the run does not.
func TestFingerprint(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/plain/" + textONNX)
	if err != nil {
		t.Fatal(err)
	}
	tokenizer, err := os.ReadFile("testdata/plain/tokenizer.json")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for name, tc := range map[string]struct {
		replace map[string][]byte
		cfg     Config
		same    bool
	}{
		"same":          {same: true},
		"batch":         {cfg: Config{BatchSize: 3, Threads: 1, Name: "x"}, same: true},
		"config":        {replace: map[string][]byte{"config.json": []byte(`{"text_config":{"max_position_embeddings":24}}`)}, same: true},
		"weights":       {replace: map[string][]byte{textONNX: append(text[:len(text):len(text)], message(99, 1)...)}},
		"preprocessing": {replace: map[string][]byte{"preprocessor_config.json": []byte(`{"size":8,"resample":2}`)}},
		"tokenizer":     {replace: map[string][]byte{"tokenizer.json": append(tokenizer[:len(tokenizer):len(tokenizer)], ' ')}},
		"context":       {cfg: Config{Context: 23}},
		"unescape":      {cfg: Config{Unescape: true}},
	} {
		r, err := Inspect(folder(t, tc.replace), tc.cfg)
		if err != nil {
			t.Fatal(err)
		}
		if tc.same {
			name = "unchanged"
		}
		if other, taken := seen[r.Info.Fingerprint]; taken && other != name {
			t.Errorf("%s and %s have the same fingerprint", name, other)
		}
		seen[r.Info.Fingerprint] = name
	}
	names := map[string]bool{}
	for name := range maps.Values(seen) {
		if names[name] {
			t.Errorf("%s has two fingerprints", name)
		}
		names[name] = true
	}
}

func FuzzParseGraph(f *testing.F) {
	f.Add(graphFile(ports{pixels, tensor("w", float32Type, 4)}, ports{embeds("image_embeds", 16)}, 5, message(1, 4, 8, "w")))
	f.Add(graphFile(ports{ids}, nil, 5, message(1, []byte{2, 3}, 8, "packed", 14, 1)))
	f.Fuzz(func(t *testing.T, b []byte) {
		g, err := parseGraph(b)
		if err != nil {
			return
		}
		if g.params < 0 {
			t.Fatalf("%d values in the weights", g.params)
		}
		for _, p := range append(g.inputs, g.outputs...) {
			if len(p.dims) != len(p.params) || p.String() == "" {
				t.Fatalf("port %+v", p)
			}
		}
		findImagePorts(g)
		findTextPorts(g)
	})
}
