package clip_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"pairmill/encoder/clip"
)

// toyMerges is a vocabulary of a few words, in OpenAI's notation.
var toyMerges = []string{"r e", "re d</w>", "a b", "ab a", "c ab", "t w", "tw o</w>", "' s</w>", "! !</w>", "Ã ©</w>"}

// gzipped is the file that OpenAI would have published for these merges.
func gzipped(t testing.TB, merges ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte("#version: 0.2\n" + strings.Join(merges, "\n"))); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func toy(t testing.TB, cfg clip.TokenizerConfig) *clip.Tokenizer {
	t.Helper()
	tok, err := clip.ReadOpenAI(bytes.NewReader(gzipped(t, toyMerges...)), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// openai loads the published merges, which are not ours to ship.
func openai(t testing.TB, cfg clip.TokenizerConfig) (*clip.Tokenizer, string) {
	t.Helper()
	material := os.Getenv("PAIRMILL_MATERIAL")
	if material == "" {
		t.Skip("PAIRMILL_MATERIAL is not set")
	}
	f, err := os.Open(filepath.Join(material, "clip", "bpe_simple_vocab_16e6.txt.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	tok, err := clip.ReadOpenAI(f, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return tok, filepath.Join(material, "clip")
}

func TestPublishedVectors(t *testing.T) {
	t.Parallel()
	tok, folder := openai(t, clip.TokenizerConfig{})
	if tok.VocabSize() != 49_408 || tok.Context() != 77 || tok.Start() != 49_406 || tok.End() != 49_407 {
		t.Errorf("vocabulary %d, context %d, start %d, end %d", tok.VocabSize(), tok.Context(), tok.Start(), tok.End())
	}
	file, err := os.ReadFile(filepath.Join(folder, "tokenizer_vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct {
		Model, Name, Text string
		IDs               []int32
	}
	if err := json.Unmarshal(file, &vectors); err != nil || len(vectors) != 26 {
		t.Fatalf("%d vectors, %v", len(vectors), err)
	}
	owl := withAddedBang(t, folder)
	for _, v := range vectors {
		use := tok
		if strings.Contains(v.Model, "owlvit") {
			use = owl
		}
		if got := use.Encode(v.Text); !slices.Equal(got, v.IDs) {
			t.Errorf("%s %s %q:\n got %v\nwant %v", v.Model, v.Name, v.Text, got, v.IDs)
		}
	}
}

// withAddedBang is CLIP's vocabulary as a tokenizer.json in which "!" is an added token, as OWL-ViT has it for padding.
func withAddedBang(t *testing.T, folder string) *clip.Tokenizer {
	t.Helper()
	f, err := os.ReadFile(filepath.Join(folder, "bpe_simple_vocab_16e6.txt.gz"))
	if err != nil {
		t.Fatal(err)
	}
	lines := gunzipLines(t, f)[1 : 1+48_894]
	spec := hfSpec(lines, true)
	spec["added_tokens"] = append(spec["added_tokens"].([]any), map[string]any{"id": 0, "content": "!"})
	tok, err := clip.ParseTokenizer(marshal(t, spec), clip.TokenizerConfig{})
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func gunzipLines(t *testing.T, b []byte) []string {
	t.Helper()
	zr, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if _, err := text.ReadFrom(zr); err != nil {
		t.Fatal(err)
	}
	return strings.Split(text.String(), "\n")
}

func TestFormatsAgree(t *testing.T) {
	t.Parallel()
	want := toy(t, clip.TokenizerConfig{})
	texts := []string{"", "Two RED cabs!!", "it's  two's", "caba abab cabab", "é e\u0301", "İ Σς 𝟘½", "\x00\xff", "'ll'd''s'",
		"a<|endoftext|>b", "<|startoftext|><|startoftext|>x"}
	for _, pairs := range []bool{false, true} {
		got, err := clip.ParseTokenizer(marshal(t, hfSpec(toyMerges, pairs)), clip.TokenizerConfig{})
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range texts {
			if a, b := got.Encode(text), want.Encode(text); !slices.Equal(a, b) {
				t.Errorf("pairs %v, %q: %v from tokenizer.json, %v from merges", pairs, text, a, b)
			}
		}
	}
}

func TestEncodeToy(t *testing.T) {
	t.Parallel()
	tok := toy(t, clip.TokenizerConfig{})
	const first, start, end = 512, 522, 523
	for text, want := range map[string][]int32{
		"":                {},
		"red":             {first + 1},
		" RED\tred\n":     {first + 1, first + 1},
		"two's":           {first + 6, first + 7},
		"!!":              {first + 8},
		"caba":            {first + 4, 256 + 'a' - '!'}, // "ca b a": "ab" is earlier than "ab a", which would end in "a", not "a</w>"
		"e\u0301":         {first + 9},                  // composed to é
		"12":              {256 + '1' - '!', 256 + '2' - '!'},
		"a<|endoftext|>a": {256 + 'a' - '!', end, 256 + 'a' - '!'},
	} {
		got := tok.Encode(text)
		if got[0] != start || got[len(got)-1] != end || !slices.Equal(got[1:len(got)-1], want) {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}

func TestUnescape(t *testing.T) {
	t.Parallel()
	plain, twice := toy(t, clip.TokenizerConfig{}), toy(t, clip.TokenizerConfig{Unescape: true})
	want := plain.Encode("red & two")
	for _, text := range []string{"red &amp; two", "red &amp;amp; two", "red &#38; two"} {
		if got := twice.Encode(text); !slices.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
		if got := plain.Encode(text); slices.Equal(got, want) {
			t.Errorf("%q was unescaped without being asked to", text)
		}
	}
}

func TestFill(t *testing.T) {
	t.Parallel()
	tok := toy(t, clip.TokenizerConfig{Context: 4})
	for text, want := range map[string][]int64{
		"":                {522, 523, 0, 0},
		"red":             {522, 513, 523, 0},
		"red red":         {522, 513, 513, 523},
		"red two red two": {522, 513, 518, 523},
	} {
		dst := []int64{9, 9, 9, 9}
		n := clip.Fill(tok, dst, text)
		if !slices.Equal(dst, want) || n != slices.Index(want, 523)+1 {
			t.Errorf("%q: got %v, %d", text, dst, n)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	tok := toy(t, clip.TokenizerConfig{})
	want := tok.Encode("two red cabs, abab's")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				if got := tok.Encode("two red cabs, abab's"); !slices.Equal(got, want) {
					t.Errorf("got %v, want %v", got, want)
					return
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkFillTokens(b *testing.B) {
	tok, _ := openai(b, clip.TokenizerConfig{})
	dst := make([]int64, tok.Context())
	b.ReportAllocs()
	for b.Loop() {
		clip.Fill(tok, dst, "A photo of two small dogs, playing with a red ball in the park (2016)")
	}
}
