package onnx_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"pairmill/encoder"
	"pairmill/encoder/encodertest"
	"pairmill/encoder/onnx"
)

// needRuntime skips the test when ONNX Runtime is not installed, unless PAIRMILL_REQUIRE_ORT says that it must be.
func needRuntime(t testing.TB) {
	t.Helper()
	if _, err := onnx.LibraryPath(""); err != nil && os.Getenv("PAIRMILL_REQUIRE_ORT") == "" {
		t.Skip(err)
	}
}

func open(t testing.TB, fsys fs.FS, cfg onnx.Config) *onnx.Encoder {
	t.Helper()
	e, err := onnx.Open(fsys, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return e
}

func testdata(name string) fs.FS { return os.DirFS("testdata/" + name) }

func TestConformance(t *testing.T) {
	t.Parallel()
	needRuntime(t)
	for name, cfg := range map[string]onnx.Config{"plain": {BatchSize: 5, Concurrency: 2}, "half": {}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			encodertest.Run(t, func(t *testing.T) encoder.Encoder { return open(t, testdata(name), cfg) })
		})
	}
}

// golden is what tools/golden/tiny_onnx.py computes with numpy.
type golden struct {
	Texts  []string    `json:"texts"`
	Images [][]float32 `json:"image_vectors"`
	Vecs   [][]float32 `json:"text_vectors"`
}

// picture is the script's picture number k.
func picture(k int) encoder.Pixels {
	p := encoder.Pixels{W: 8, H: 8}
	for y := range 8 {
		for x := range 8 {
			for c := range 3 {
				p.RGB = append(p.RGB, byte((x*7+y*13+c*29+k*31)*(k+1)%256))
			}
		}
	}
	return p
}

func TestVectorsEqualNumpy(t *testing.T) {
	t.Parallel()
	needRuntime(t)
	for name, tolerance := range map[string]float64{"plain": 1e-6, "half": 1e-3} {
		var want golden
		b, err := os.ReadFile("testdata/" + name + "/expected.json")
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(b, &want); err != nil {
			t.Fatal(err)
		}
		e := open(t, testdata(name), onnx.Config{})
		images, err := e.EncodeImages(t.Context(), []encoder.Pixels{picture(0), picture(1), picture(2)})
		if err != nil {
			t.Fatal(err)
		}
		texts, err := e.EncodeTexts(t.Context(), want.Texts)
		if err != nil {
			t.Fatal(err)
		}
		compare(t, name+" image", images, want.Images, tolerance)
		compare(t, name+" text", texts, want.Vecs, tolerance)
	}
}

func compare(t *testing.T, name string, got, want [][]float32, tolerance float64) {
	t.Helper()
	if len(got) != len(want) || len(want) == 0 {
		t.Fatalf("%s: %d vectors, want %d", name, len(got), len(want))
	}
	for i := range got {
		for j := range got[i] {
			if d := math.Abs(float64(got[i][j]) - float64(want[i][j])); !(d <= tolerance) {
				t.Errorf("%s %d, value %d: got %v, want %v", name, i, j, got[i][j], want[i][j])
			}
		}
	}
}

// A black picture without normalisation is the zero tensor, which this model maps to the zero vector.
func TestVectorWithoutDirectionNamesItsItem(t *testing.T) {
	t.Parallel()
	needRuntime(t)
	e := open(t, testdata("half"), onnx.Config{})
	in := encodertest.Pictures(8)
	in[6] = encoder.Pixels{W: 9, H: 9, RGB: make([]byte, 9*9*3)}
	_, err := e.EncodeImages(t.Context(), in)
	var item *encoder.ItemError
	if !errors.As(err, &item) || item.Index != 6 || !strings.Contains(err.Error(), "length zero") {
		t.Errorf("got %v, want an error for item 6", err)
	}
}

func TestInfo(t *testing.T) {
	t.Parallel()
	needRuntime(t)
	e := open(t, testdata("plain"), onnx.Config{Name: "mine", Context: 12, BatchSize: 7})
	info := e.Info()
	if info.Name != "mine" || info.Dim != 16 || info.ImageSide != 8 || info.ContextLength != 12 || info.BatchSize != 7 ||
		math.Abs(float64(info.LogitScale)-20) > 1e-3 || info.Family != "clip" || len(info.Warnings) != 0 {
		t.Errorf("got %+v", info)
	}
}

// Calls that are cancelled while others run must end, and must not harm the others.
func TestCancelAmongOthers(t *testing.T) {
	t.Parallel()
	needRuntime(t)
	e := open(t, testdata("plain"), onnx.Config{BatchSize: 2})
	texts := encodertest.Texts(200)
	want, err := e.EncodeTexts(t.Context(), texts)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 8 {
		ctx, cancel := context.WithCancel(t.Context())
		wg.Go(func() {
			got, err := e.EncodeTexts(ctx, texts)
			switch {
			case err == nil:
				compare(t, "text", got, want, 1e-6)
			case !errors.Is(err, context.Canceled):
				t.Errorf("call %d: %v", i, err)
			}
		})
		if i%2 == 0 {
			cancel()
		}
		defer cancel()
	}
	wg.Wait()
}

// plainWith is testdata/plain with another text tower.
func plainWith(t *testing.T, text []byte) fs.FS {
	t.Helper()
	out := fstest.MapFS{"onnx/text_model.onnx": {Data: text}}
	for _, name := range []string{"onnx/vision_model.onnx", "config.json", "preprocessor_config.json", "tokenizer.json"} {
		b, err := fs.ReadFile(testdata("plain"), name)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = &fstest.MapFile{Data: b}
	}
	return out
}

// The text tower of this model loops 2^62 times: without breaking off the run, neither this call nor Close would return.
func TestCancelBreaksOffARun(t *testing.T) {
	t.Parallel()
	needRuntime(t)
	endless, err := os.ReadFile("testdata/endless/text_model.onnx")
	if err != nil {
		t.Fatal(err)
	}
	e := open(t, plainWith(t, endless), onnx.Config{Context: 16, Threads: 1})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := e.EncodeTexts(ctx, []string{"red"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if got, err := e.EncodeImages(t.Context(), encodertest.Pictures(2)); err != nil || len(got) != 2 {
		t.Errorf("after that: %d vectors, %v", len(got), err)
	}
}

func TestOpenRefusesWhatDoesNotRun(t *testing.T) {
	t.Parallel()
	needRuntime(t)
	text, err := os.ReadFile("testdata/plain/onnx/text_model.onnx")
	if err != nil {
		t.Fatal(err)
	}
	broken := plainWith(t, []byte(strings.Replace(string(text), "Gather", "Gathes", 1)))
	if _, err := onnx.Open(broken, onnx.Config{}); err == nil || !strings.Contains(err.Error(), "onnx/text_model.onnx") {
		t.Errorf("unknown operator: got %v", err)
	}
	other := onnx.Config{Library: "testdata/plain/config.json"}
	if _, err := onnx.Open(testdata("plain"), onnx.Config{}); err != nil {
		t.Fatal(err)
	}
	if _, err := onnx.Open(testdata("plain"), other); err == nil || !strings.Contains(err.Error(), "cannot load testdata") {
		t.Errorf("second library: got %v", err)
	}
}

func BenchmarkEncodeImages(b *testing.B) {
	needRuntime(b)
	e := open(b, testdata("plain"), onnx.Config{})
	pictures := encodertest.Pictures(32)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.EncodeImages(b.Context(), pictures); err != nil {
			b.Fatal(err)
		}
	}
}
